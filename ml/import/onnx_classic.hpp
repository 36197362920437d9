// Reads models of the operators of ai.onnx.ml, as scikit-learn's exporters write them: trees, forests, linear models,
// what prepares their features, and the labels behind them.
#pragma once

#include <string>
#include <string_view>

#include "ml/import/classic_model.hpp"

namespace mica::ml {

// Has the ONNX file an operator of ai.onnx.ml? False for whatever is no such file.
bool is_classic_onnx(std::string_view bytes);

// The bytes may be anything: what is no such model, or none that can be computed, is an ImportError that names the
// node.
ClassicModel read_onnx_classic(std::string_view bytes, const std::string& file);

}  // namespace mica::ml
