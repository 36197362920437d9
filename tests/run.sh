#!/bin/sh
# tests/run.sh TIER: installs what is missing, builds and runs the tests of a tier.
#
#   quick     what guards main: at most 8 minutes on 2 cores
#   full      before something is called done: at most 60 minutes
#   campaign  more of the same for as long as you like, resumable: tests/run.sh campaign MINUTES
#
# Build folders are build/<preset>, as everywhere.
set -eu
cd "$(dirname "$0")/.."
tier=${1:-quick}

install() { sh hosts/pc/install_packages.sh hosts/pc/packages.txt tests/packages.txt; }

images=build/stm32-netduinoplus2/hosts/stm32/images

build() {
  # The cross build takes the code generator of the PC build.
  cmake --preset pc-release -DMICA_TESTS=ON -DMICA_FIRMWARE_DIR="$PWD/$images"
  cmake --build --preset pc-release --target codegen
  cmake --preset stm32-netduinoplus2 -DMICA_HOST_CODEGEN="$PWD/build/pc-release/codegen/codegen" >/dev/null
  cmake --build --preset stm32-netduinoplus2 | grep -E 'warning|error|FAILED' || :
  cmake --build --preset stm32-netduinoplus2 >/dev/null
  cmake --build --preset pc-release
  cmake --preset pc-debug -DMICA_TESTS=ON -DMICA_HOST_CODEGEN="$PWD/build/pc-release/codegen/codegen" \
        -DMICA_FIRMWARE_DIR= >/dev/null
  cmake --build --preset pc-debug --target sanitized_tests
}

quick() {
  ctest --preset pc-release --no-tests=error -L quick -j 2
  # The same core under clang with sanitizers, for what does not run other programs.
  ctest --preset pc-debug --no-tests=error -L quick -L sanitized -j 2
}

# Seconds of fuzzing, from the corpus of the repository.
fuzz() {
  cmake --preset pc-fuzz -DMICA_HOST_CODEGEN="$PWD/build/pc-release/codegen/codegen" >/dev/null
  cmake --build --preset pc-fuzz --target fuzz_compiler
  mkdir -p build/pc-fuzz/found
  build/pc-fuzz/tests/fuzz/fuzz_compiler -dict=build/pc-fuzz/tests/fuzz/mica.dict -max_len=1024 -timeout=5 \
    -max_total_time="$1" -print_final_stats=1 build/pc-fuzz/found tests/fuzz/corpus 2>&1 | tail -12
}

full() {
  quick
  fuzz 300
  ctest --preset pc-release --no-tests=error -L full -j 2
  ctest --preset pc-debug --no-tests=error -L full -L sanitized -j 2
  python3 tests/tiers/campaign.py --minutes 10 --no-record
}

install
mkdir -p build
case "$tier" in
  quick) build; quick ;;
  full) build; full ;;
  campaign) build; python3 tests/tiers/campaign.py --minutes "${2:-60}" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
