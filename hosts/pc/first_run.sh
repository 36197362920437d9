#!/bin/sh
# Sets up a fresh Debian machine, builds the command mica and runs the main job: a small network classifies digits.
set -eu
cd "$(dirname "$0")/../.."
sh hosts/pc/install_packages.sh hosts/pc/packages.txt
cmake --preset pc-release -DMICA_TESTS=OFF
cmake --build --preset pc-release --target mica
echo "Each line: the true digit and the one that the network finds."
exec build/pc-release/mica run --stats tests/frames/digits.mica
