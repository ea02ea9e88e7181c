// Arguments of kernels as Python objects: arrays that belong together, checked once.
#pragma once

#include <string>
#include <utility>

#include "arguments/arrays.hpp"
#include "arguments/loss_names.hpp"
#include "bridle/descent/coordinate_descent.hpp"
#include "bridle/loss/loss_pass.hpp"
#include "bridle/path/grid.hpp"

namespace bridle {

class RowArrays {
  public:
    RowArrays(const std::string& loss, bool fit_intercept, Input<double> weight, Input<double> y,
              Input<double> offset, double parameter)
        : loss_(loss_place(loss)),
          parameter_(parameter),
          fit_intercept_(fit_intercept),
          weight_(std::move(weight)),
          y_(std::move(y)),
          offset_(std::move(offset)) {
        require_length("y", y_, size());
        require_length("offset", offset_, size());
    }

    std::size_t size() const { return weight_.shape(0); }
    LossRows view() const {
        return {loss_,          parameter_, fit_intercept_, size(),
                weight_.data(), y_.data(),  offset_.data()};
    }

  private:
    std::size_t loss_;
    double parameter_;
    bool fit_intercept_;
    Input<double> weight_;
    Input<double> y_;
    Input<double> offset_;
};

class FeatureArrays {
  public:
    FeatureArrays(Input<double> factor, Input<double> lower, Input<double> upper)
        : factor_(std::move(factor)), lower_(std::move(lower)), upper_(std::move(upper)) {
        require_length("lower", lower_, size());
        require_length("upper", upper_, size());
    }

    std::size_t size() const { return factor_.shape(0); }
    const double* factor() const { return factor_.data(); }
    const double* lower() const { return lower_.data(); }
    const double* upper() const { return upper_.data(); }

  private:
    Input<double> factor_;
    Input<double> lower_;
    Input<double> upper_;
};

// l1 and l2 strengths, and how many of the first rows of coefficients are solutions or starts.
class GridArrays {
  public:
    GridArrays(Input<double> l1, Input<double> l2, std::size_t solved, std::size_t known)
        : l1_(std::move(l1)), l2_(std::move(l2)), solved_(solved), known_(known) {
        require_length("l2", l2_, size());
        require_at_most("solved", solved_, size());
        require_at_most("known", known_, size());
    }

    std::size_t size() const { return l1_.shape(0); }
    Grid view() const { return {l1_.data(), l2_.data(), size(), solved_, known_}; }

  private:
    Input<double> l1_;
    Input<double> l2_;
    std::size_t solved_;
    std::size_t known_;
};

// Columns of a matrix by their positions, minus centers and divided by scales.
class ColumnArrays {
  public:
    ColumnArrays(Input<std::int64_t> column, Input<double> center, Input<double> scale)
        : column_(std::move(column)), center_(std::move(center)), scale_(std::move(scale)) {
        require_length("center", center_, size());
        require_length("scale", scale_, size());
    }

    std::size_t size() const { return column_.shape(0); }
    const Input<std::int64_t>& column() const { return column_; }
    const double* center() const { return center_.data(); }
    const double* scale() const { return scale_.data(); }

  private:
    Input<std::int64_t> column_;
    Input<double> center_;
    Input<double> scale_;
};

// Columns, with the curvature, strengths and bounds of each coefficient.
class CoordinateArrays {
  public:
    CoordinateArrays(const ColumnArrays& columns, Input<double> curvature, Input<double> l1,
                     Input<double> l2, Input<double> lower, Input<double> upper)
        : columns_(columns),
          curvature_(std::move(curvature)),
          l1_(std::move(l1)),
          l2_(std::move(l2)),
          lower_(std::move(lower)),
          upper_(std::move(upper)) {
        require_length("curvature", curvature_, size());
        require_length("l1", l1_, size());
        require_length("l2", l2_, size());
        require_length("lower", lower_, size());
        require_length("upper", upper_, size());
    }

    std::size_t size() const { return columns_.size(); }
    const Input<std::int64_t>& column() const { return columns_.column(); }
    Coordinates view() const {
        return {columns_.column().data(),
                size(),
                columns_.center(),
                columns_.scale(),
                curvature_.data(),
                l1_.data(),
                l2_.data(),
                lower_.data(),
                upper_.data()};
    }

  private:
    ColumnArrays columns_;
    Input<double> curvature_;
    Input<double> l1_;
    Input<double> l2_;
    Input<double> lower_;
    Input<double> upper_;
};

}  // namespace bridle
