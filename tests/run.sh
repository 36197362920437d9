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
}

# The same core under clang with sanitizers, for what does not run other programs.
build_sanitized() {
  cmake --preset pc-debug -DMICA_TESTS=ON -DMICA_HOST_CODEGEN="$PWD/build/pc-release/codegen/codegen" \
        -DMICA_FIRMWARE_DIR= >/dev/null
  cmake --build --preset pc-debug --target sanitized_tests
}

# Everything that a test wants has been installed and built here, so that none may be skipped, but for what a machine
# does not allow, what belongs to another compiler, and models of others that lie beside the clone or not.
export MICA_SKIP_IS_FAILURE=1
may_skip='extend_gdb|pc_(quantised|random_models.*|terminal)|counting_(pc|device)|sizes|sizes_(cores|groups)'

# run_tests PRESET OPTIONS: fails also when a test is skipped.
run_tests() {
  preset=$1
  shift
  ctest --preset "$preset" --no-tests=error "$@" -j 2 --output-log "build/$preset.log"
  skipped=$(sed -n 's/^[[:space:]]*[0-9]* - \([^ ]*\) (Skipped)$/\1/p' "build/$preset.log" | grep -vxE "$may_skip" || :)
  [ -z "$skipped" ] && return
  for test in $skipped; do
    echo "skipped, though it must run here: $test"
    ctest --preset "$preset" -R "^$test\$" -V | grep -iE 'skip|missing|no ' || :
  done
  exit 1
}

quick() { run_tests pc-release -L quick; }

# Seconds of fuzzing, from the corpus of the repository.
fuzz() {
  cmake --preset pc-fuzz -DMICA_HOST_CODEGEN="$PWD/build/pc-release/codegen/codegen" >/dev/null
  cmake --build --preset pc-fuzz --target fuzz_compiler
  mkdir -p build/pc-fuzz/found
  # Into a file, not a pipe: what counts is how the fuzzer ends.
  status=0
  build/pc-fuzz/tests/fuzz/fuzz_compiler -dict=build/pc-fuzz/tests/fuzz/mica.dict -max_len=1024 -timeout=5 \
    -max_total_time="$1" -print_final_stats=1 build/pc-fuzz/found tests/fuzz/corpus >build/pc-fuzz/fuzz.log 2>&1 ||
    status=$?
  tail -n 12 build/pc-fuzz/fuzz.log
  [ "$status" = 0 ] || { echo "the fuzzer ended with $status; all it said is in build/pc-fuzz/fuzz.log"; exit 1; }
}

full() {
  quick
  build_sanitized
  run_tests pc-debug -L quick -L sanitized
  fuzz 300
  run_tests pc-release -L full
  run_tests pc-debug -L full -L sanitized
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
