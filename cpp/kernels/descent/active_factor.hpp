// Cholesky factor of the active coefficients' system, updated as coefficients enter and leave.
//
// The system is M = gram + ridge of the listed coordinates; L L' = gram + the ridge when it was
// factored. A coordinate that enters appends a row to L; one that leaves costs rotations of the
// rows after it. If the ridge has changed since, L L' is the preconditioner of conjugate gradients.
// The product with M then is almost free, since the recurrence knows L L' times each direction.
//
// Source: Golub and Van Loan (2013), "Matrix Computations", sections 6.5 and 11.5.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arithmetic/cholesky.hpp"
#include "arithmetic/scalar.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

class ActiveFactor {
  public:
    // `matrix` has room for size x size numbers, `index` for 2 x size and `vectors` for 5 x size.
    ActiveFactor(const double* gram, std::size_t gram_stride, std::size_t size, double* matrix,
                 std::int64_t* index, double* vectors)
        : gram_(gram),
          gram_stride_(gram_stride),
          size_(size),
          matrix_(matrix),
          index_(index),
          place_(index + size),
          ridge_(vectors),
          residual_(vectors + size),
          solved_(vectors + 2 * size),
          direction_(vectors + 3 * size),
          image_(vectors + 4 * size) {
        for (std::size_t j = 0; j < size_; ++j) place_[j] = kAbsent;
    }

    std::size_t size() const { return count_; }
    std::size_t at(std::size_t a) const { return static_cast<std::size_t>(index_[a]); }

    // Whether a coordinate is free: it is listed, and not collinear with the others.
    bool moves(std::size_t j) const { return place_[j] != kAbsent && !held(place_[j]); }

    void forget() {
        for (std::size_t a = 0; a < count_; ++a) place_[index_[a]] = kAbsent;
        count_ = 0;
        holds_ = false;
    }

    // Lists the coordinates for which `wanted(j)` holds; `ridge(j)` is added to the diagonal.
    template <class Wanted, class Ridge>
    void follow(const Wanted& wanted, const Ridge& ridge) {
        std::size_t gone = 0, here = 0;
        for (std::size_t a = 0; a < count_; ++a) gone += !wanted(at(a));
        for (std::size_t j = 0; j < size_; ++j) here += wanted(j);
        const std::size_t come = here + gone - count_;
        const bool fits = here <= stride_ && !(holds_ && gone > 0) && is_fresh(ridge);
        if (!fits || (come + gone > 0 && is_dear(come, gone, here))) {
            rebuild(wanted, ridge);
            return;
        }
        for (std::size_t a = count_; gone > 0 && a-- > 0;) {
            if (!wanted(at(a))) remove(a);
        }
        for (std::size_t j = 0; come > 0 && j < size_; ++j) {
            if (place_[j] == kAbsent && wanted(j)) append(j, ridge(j));
        }
    }

    // x = the solution of M x = right; 0 for coordinates that are not free.
    template <class Ridge>
    void solve(const Ridge& ridge, const double* right, double* x) {
        double scale = 0.0;
        for (std::size_t a = 0; a < count_; ++a) {
            x[a] = 0.0;
            residual_[a] = image_[a] = right[a];
            direction_[a] = 0.0;
        }
        double before = 1.0;
        for (int turn = 0; turn < kMostTurns; ++turn) {
            for (std::size_t a = 0; a < count_; ++a) solved_[a] = residual_[a];
            solve_factored(matrix_, stride_, count_, solved_);
            const double now = dot(residual_, solved_, count_);
            if (turn == 0) scale = now;
            if (!(now > kSmallestResidual * scale)) return;
            const double share = turn == 0 ? 0.0 : now / before;
            double hessian = 0.0;
            for (std::size_t a = 0; a < count_; ++a) {
                direction_[a] = solved_[a] + share * direction_[a];
                image_[a] = residual_[a] + share * image_[a];
                hessian += direction_[a] * (image_[a] - lag(ridge, a) * direction_[a]);
            }
            if (!(hessian > 0.0)) return;
            const double step = now / hessian;
            bool late = false;
            for (std::size_t a = 0; a < count_; ++a) {
                const double behind = lag(ridge, a);
                late |= behind != 0.0;
                x[a] += step * direction_[a];
                residual_[a] -= step * (image_[a] - behind * direction_[a]);
            }
            if (!late) return;
            before = now;
        }
    }

    // out = M x
    template <class Ridge>
    void multiply(const Ridge& ridge, const double* x, double* out) {
        for (std::size_t a = 0; a < count_; ++a) solved_[a] = 0.0;
        for (std::size_t a = 0; a < count_; ++a) {
            if (x[a] == 0.0) continue;
            check_interrupt(a + 1);
            const double* row = matrix_ + a * stride_;
            const double value = x[a];
#pragma omp simd
            for (std::size_t b = 0; b <= a; ++b) solved_[b] += value * row[b];
        }
        for (std::size_t a = 0; a < count_; ++a) {
            check_interrupt(a + 1);
            out[a] = dot(matrix_ + a * stride_, solved_, a + 1) - lag(ridge, a) * x[a];
        }
    }

  private:
    static constexpr std::int64_t kAbsent = -1;
    // A pivot below this fraction of the diagonal is rounding: the coordinate is collinear.
    static constexpr double kSmallestPivot = 1e-13;
    // Conjugate gradients end when the squared residual has fallen to this fraction, or after so
    // many turns: a preconditioner within kMostLag needs fewer.
    static constexpr int kMostTurns = 20;
    static constexpr double kSmallestResidual = 1e-12;
    // Change of the ridge beyond which conjugate gradients cost as much as a factorisation, and the
    // number of coordinates up to which they always do.
    static constexpr double kMostLag = 0.7;
    static constexpr std::size_t kFewRows = 96;

    bool held(std::int64_t place) const {
        const std::size_t a = static_cast<std::size_t>(place);
        return matrix_[a * stride_ + a] == kHeld;
    }

    template <class Ridge>
    double lag(const Ridge& ridge, std::size_t a) const {
        return ridge_[at(a)] - ridge(at(a));
    }

    template <class Ridge>
    bool is_fresh(const Ridge& ridge) const {
        const double most = count_ > kFewRows ? kMostLag : 0.0;
        for (std::size_t a = 0; a < count_; ++a) {
            if (magnitude(lag(ridge, a)) > most * ridge_[at(a)]) return false;
        }
        return true;
    }

    // Rows leave room for coordinates that enter, and are not a power of two apart, as they would
    // then share the same cache lines.
    std::size_t stride_for(std::size_t count) const {
        std::size_t stride = (count + count / 8 + 32) / 8 * 8;
        if (stride % 64 == 0) stride += 8;
        return stride < size_ ? stride : size_;
    }

    // Dropping a row costs as much as appending three. A factorisation costs as much as appending a
    // ninth of all rows.
    static bool is_dear(std::size_t come, std::size_t gone, std::size_t here) {
        return 9 * (come + 3 * gone) > here;
    }

    template <class Wanted, class Ridge>
    void rebuild(const Wanted& wanted, const Ridge& ridge) {
        forget();
        for (std::size_t j = 0; j < size_; ++j) {
            if (!wanted(j)) continue;
            list(j, ridge(j));
        }
        stride_ = stride_for(count_);
        for (std::size_t a = 0; a < count_; ++a) {
            check_interrupt(a + 1);
            const double* from = gram_ + at(a) * gram_stride_;
            double* to = matrix_ + a * stride_;
            for (std::size_t b = 0; b <= a; ++b) to[b] = from[index_[b]];
            to[a] += ridge(at(a));
        }
        factor(matrix_, stride_, count_, kSmallestPivot);
        for (std::size_t a = 0; a < count_; ++a) holds_ |= matrix_[a * stride_ + a] == kHeld;
    }

    void append(std::size_t j, double ridge) {
        const double* from = gram_ + j * gram_stride_;
        double* row = matrix_ + count_ * stride_;
        for (std::size_t b = 0; b < count_; ++b) row[b] = from[index_[b]];
        solve_lower(matrix_, stride_, count_, row);
        const double whole = from[j] + ridge;
        const double pivot = whole - dot(row, row, count_);
        const bool depends = !(pivot > kSmallestPivot * whole);
        row[count_] = depends ? kHeld : square_root(pivot);
        holds_ |= depends;
        list(j, ridge);
    }

    void list(std::size_t j, double ridge) {
        ridge_[j] = ridge;
        place_[j] = static_cast<std::int64_t>(count_);
        index_[count_++] = static_cast<std::int64_t>(j);
    }

    // Drops row a: each row after it moves up by one and is rotated back to triangular form.
    void remove(std::size_t gone) {
        double* cosine = residual_;
        double* sine = solved_;
        place_[index_[gone]] = kAbsent;
        for (std::size_t a = gone + 1; a < count_; ++a) {
            check_interrupt(2 * a);
            const double* row = matrix_ + a * stride_;
            double* above = matrix_ + (a - 1) * stride_;
            for (std::size_t b = 0; b < gone; ++b) above[b] = row[b];
            double carried = row[gone];
            for (std::size_t b = gone; b + 1 < a; ++b) {
                const double next = row[b + 1];
                above[b] = cosine[b] * carried + sine[b] * next;
                carried = cosine[b] * next - sine[b] * carried;
            }
            const double length = square_root(carried * carried + row[a] * row[a]);
            cosine[a - 1] = carried / length;
            sine[a - 1] = row[a] / length;
            above[a - 1] = length;
            index_[a - 1] = index_[a];
            place_[index_[a - 1]] = static_cast<std::int64_t>(a - 1);
        }
        --count_;
    }

    const double* gram_;
    std::size_t gram_stride_;
    std::size_t size_;
    double* matrix_;
    std::int64_t* index_;
    std::int64_t* place_;
    double* ridge_;  // of each coordinate when it was factored
    double* residual_;
    double* solved_;
    double* direction_;
    double* image_;
    std::size_t stride_ = 0;
    std::size_t count_ = 0;
    bool holds_ = false;
};

}  // namespace bridle::BRIDLE_LEVEL
