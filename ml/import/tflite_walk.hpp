// The walk along the operators of a .tflite file, in the order of their execution.
#pragma once

#include <tflite_generated.h>

#include <map>
#include <string>
#include <vector>

#include "ml/import/graph.hpp"

namespace mica::ml {

class TfliteWalk {
 public:
  // `model` has passed the verifier: each table, vector and text in it lies in the file. Nothing else is known.
  TfliteWalk(const tflite::Model& model, std::size_t file_bytes, std::string file)
      : model_(model), file_bytes_(file_bytes), file_(std::move(file)) {}

  // Once. ImportError.
  Graph walk();

 private:
  struct Reader {
    tflite::OperatorCode code;
    OperatorKind kind;
    void (TfliteWalk::*read)();
    int values;      // how many of its inputs become inputs in the graph, or one of these
    int parameters;  // how many follow, at most, which the reader makes attributes of
  };
  static constexpr int all_values = 0, no_values = -1;
  static const Reader readers[];  // the last has no `read`

  // Where something is wrong: the operator, unless there is none yet.
  [[noreturn]] void refuse(const std::string& sentence, const char* error_name) const;
  [[noreturn]] void refuse_tensor(int index, const std::string& sentence, const char* error_name) const;
  [[noreturn]] void refuse_file(const std::string& sentence, const char* error_name) const;
  std::string operator_text() const;
  std::string tensor_text(int index) const;
  std::string tensor_name(int index) const;
  static std::string operator_names();

  void read_inputs();
  void read_operator();
  void read_outputs();
  const Reader& find_reader() const;
  void read_inputs_of_operator(const Reader& reader);
  void read_result();

  // Tensors by their index in the file.
  const tflite::Tensor& tensor_at(int index) const;
  Tensor read_tensor(int index);
  TensorType type_of(int index, const tflite::Tensor& tensor) const;
  std::span<const std::byte> data_of(int index, const tflite::Tensor& tensor) const;
  Quantisation quantisation_of(int index, const tflite::Tensor& tensor);
  int tensor(int index);  // its index in the graph, in which it is from here on

  // Operators, each for `operator_`: what the table of readers names makes attributes of `one_`.
  void read_nothing() {}
  void read_convolution();
  void read_depthwise();
  void read_fully_connected();
  void read_add();
  void read_sub();
  void read_mul();
  void read_pool();
  void read_mean();
  void read_softmax();
  void read_pad();
  void read_reshape();
  void read_squeeze();
  void read_expand_dims();
  void read_concat();
  void read_relu_0_to_1();
  void read_leaky_relu();
  void read_argmax();
  void read_transpose();
  void fold_shape();
  void fold_strided_slice();
  void fold_pack();

  template <typename Options>
  const Options& options() const;
  int file_input(std::size_t k) const;
  void fold(std::vector<std::int64_t> shape);
  const Tensor& input(std::size_t k) const { return graph_.tensors[static_cast<std::size_t>(one_.inputs[k])]; }
  const Tensor& result() const { return graph_.tensors[static_cast<std::size_t>(one_.outputs[0])]; }
  bool has_file_input(std::size_t k) const;
  std::vector<std::int64_t> integers(std::size_t k);
  std::size_t axis_of(std::int64_t axis, std::size_t axes) const;
  Activation activation_of(tflite::Fused fused) const;
  template <typename Options>
  void read_strides(const Options& options);
  void resolve_padding(tflite::Padding padding);

  const tflite::Model& model_;
  const std::size_t file_bytes_;
  const std::string file_;
  const tflite::Subgraph* subgraph_ = nullptr;

  Graph graph_;
  std::vector<int> indices_;                         // for each tensor of the file that in the graph, or -1
  std::vector<bool> computed_;                       // of each tensor of the file: an input, or computed so far
  std::map<int, std::vector<std::int64_t>> folded_;  // tensors of the file that are shapes, computed here
  std::size_t scales_ = 0, constant_bytes_ = 0;      // read so far

  const tflite::Operator* operator_ = nullptr;
  int index_ = 0;  // of it
  Operator one_;   // what becomes of it
};

// Vectors of a flatbuffer that may lack.
template <typename Vector>
int length(const Vector* vector) {
  return vector == nullptr ? 0 : static_cast<int>(vector->size());
}

template <typename Vector>
auto at(const Vector* vector, int index) {
  return vector->Get(static_cast<flatbuffers::uoffset_t>(index));
}

}  // namespace mica::ml
