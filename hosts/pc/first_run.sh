#!/bin/sh
# Sets up a fresh Debian machine, builds the command mica and runs the main job: a trained network becomes the text of a
# frame, the virtual machine compiles the text, and the frame classifies 450 handwritten digits.
set -eu
cd "$(dirname "$0")/../.."
sh hosts/pc/install_packages.sh hosts/pc/packages.txt
cmake --preset pc-release -DMICA_TESTS=OFF
cmake --build --preset pc-release --target mica
mica=build/pc-release/mica digits=ml/zoo/digits
$mica convert $digits/digits-mlp.onnx -o build/digits.mica --input-scale 0.0625 \
      --calibrate $digits/digits-calibration.csv --labels
echo "The frame is build/digits.mica, its answers are build/digits.txt: for each image the class, then the scores."
$mica infer build/digits.mica --input $digits/digits-test.csv --labels >build/digits.txt
