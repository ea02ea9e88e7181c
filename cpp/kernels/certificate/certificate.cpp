// Compiled once for each instruction set; see level.hpp.
#include "bridle/certificate/certificate.hpp"

#include "bridle/interrupt.hpp"
#include "certificate/judged_feature.hpp"
#include "level.hpp"
#include "loss/catalogue.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

// A dual point counts as summing to 0 if its sum is below this fraction of its size.
constexpr double kRounding = 1e-9;
// A gradient with a sum below this fraction of its size needs no correction.
constexpr double kMet = 1e-14;
// Unit of a violation as a fraction of the largest gradient that the feature can have: the square
// root of the precision; gradients have no correct digits below it.
constexpr double kSmallestShare = 1e-8;

constexpr double kEps = 2.220446049250313e-16;
// Newton's method takes some ten steps; a bound that halved steps cannot reach otherwise.
constexpr int kMostSteps = 200;
// Enough to shrink the longest possible step, the inverse of a floor of 1e-14, to one unit in the
// last place of 1.
constexpr int kHalvings = 100;
// A decrease below this fraction of the value is rounding.
constexpr double kSettled = 1e-15;
// Within so short a move of a linear predictor, the curvature of a loss hardly changes: Newton's
// step gains what it promises.
constexpr double kShort = 1e-3;
// What is left of a value after a fit that is perfect up to rounding.
constexpr double kNextToNothing = 1e-12;

// Rows that are added one after the other. Longer sums are sums of two halves, so that rounding
// errors do not accumulate.
constexpr std::size_t kTogether = 512;

LossSums plus(const LossSums& a, const LossSums& b) {
    return {a.value + b.value, a.residual + b.residual, a.curvature + b.curvature,
            a.pearson + b.pearson};
}

LossSums measure(const LossRows& rows, const double* eta, double* residual, double* curvature,
                 std::size_t begin, std::size_t end) {
    if (end - begin <= kTogether) {
        check_interrupt(8 * (end - begin));
        const WeightedRows given{end - begin, rows.parameter, rows.weight + begin, rows.y + begin};
        return kLosses[rows.loss].rows(given, eta + begin, Curvature::own, residual + begin,
                                       curvature + begin);
    }
    const std::size_t middle = begin + (end - begin) / 2;
    return plus(measure(rows, eta, residual, curvature, begin, middle),
                measure(rows, eta, residual, curvature, middle, end));
}

double conjugate(const LossRows& rows, const double* dual, double scale, std::size_t begin,
                 std::size_t end) {
    if (end - begin <= kTogether) {
        check_interrupt(8 * (end - begin));
        const WeightedRows given{end - begin, rows.parameter, rows.weight + begin, rows.y + begin};
        return kLosses[rows.loss].conjugate(given, dual + begin, scale);
    }
    const std::size_t middle = begin + (end - begin) / 2;
    return conjugate(rows, dual, scale, begin, middle) + conjugate(rows, dual, scale, middle, end);
}

struct Sums {
    double sum;
    double squares;  // divided by the weights
};

Sums add_up(const LossRows& rows, const double* dual, std::size_t begin, std::size_t end) {
    if (end - begin > kTogether) {
        const std::size_t middle = begin + (end - begin) / 2;
        const Sums a = add_up(rows, dual, begin, middle), b = add_up(rows, dual, middle, end);
        return {a.sum + b.sum, a.squares + b.squares};
    }
    double sum = 0.0, squares = 0.0;
#pragma omp simd reduction(+ : sum, squares)
    for (std::size_t i = begin; i < end; ++i) {
        const double weight = rows.weight[i] > 0.0 ? rows.weight[i] : kInfinity;
        sum += dual[i];
        squares += dual[i] * (dual[i] / weight);
    }
    return {sum, squares};
}

Sums add_up(const LossRows& rows, const double* dual) { return add_up(rows, dual, 0, rows.rows); }

double root(double square) { return __builtin_sqrt(square); }

// Sum of the raised curvatures.
double raised(const LossRows& rows, double floor, const double* curvature) {
    double total = 0.0;
#pragma omp simd reduction(+ : total)
    for (std::size_t i = 0; i < rows.rows; ++i) total += curvature[i] + floor * rows.weight[i];
    return total;
}

double weighted_norm(const LossRows& rows, const double* values) {
    double squares = 0.0;
    for (std::size_t i = 0; i < rows.rows; ++i) {
        if (rows.weight[i] > 0.0) squares += rows.weight[i] * values[i] * values[i];
    }
    return root(squares);
}

JudgedFeature feature(const PenaltyPoint& point, std::size_t j) {
    const double factor = point.factor[j];
    if (factor == kInfinity) return {kInfinity, kInfinity, point.lower[j], point.upper[j]};
    return {limited(point.l1 * factor), limited(point.l2 * factor), point.lower[j], point.upper[j]};
}

double penalty_of(const PenaltyPoint& point, std::size_t j) {
    const JudgedFeature judged = feature(point, j);
    const double coef = point.coef[j];
    const bool outside = coef < judged.lower || coef > judged.upper;
    return outside || (judged.l1 == kInfinity && coef != 0.0) ? kInfinity : judged.penalty(coef);
}

// Scales a dual point into the domain of the conjugate of a loss with linear tails, and returns
// whether that was needed.
bool scale_into_domain(const LossRows& rows, double* dual) {
    if (!kLosses[rows.loss].linear_tails) return false;
    double largest = 0.0;
    for (std::size_t i = 0; i < rows.rows; ++i) {
        if (rows.weight[i] > 0.0) largest = larger(largest, size_of(dual[i]) / rows.weight[i]);
    }
    if (!(largest > rows.parameter)) return false;
    const double share = rows.parameter / largest;
    for (std::size_t i = 0; i < rows.rows; ++i) dual[i] *= share;
    return true;
}

// Largest deviance of squared loss that rounding alone can leave: a residual has an error of some
// eps times the terms it is a difference of, and a deviance is its square. A loss with linear tails
// is nowhere larger.
struct QuadraticRounding {
    double ends;

    double at(double intercept) const {
        const double size = ends + size_of(intercept);
        return 64.0 * kEps * kEps * size * size;
    }
};

}  // namespace

double objective(const LossRows& rows, const PenaltyPoint& point, const double* eta,
                 double* memory) {
    const LossSums sums = measure(rows, eta, memory, memory + rows.rows, 0, rows.rows);
    double penalty = 0.0;
    for (std::size_t j = 0; j < point.size; ++j) penalty += penalty_of(point, j);
    return sums.value + penalty;
}

RowEvidence judge_rows(const LossRows& rows, const double* eta, double floor, double* gradient,
                       double* dual, double* curvature) {
    const LossSums sums = measure(rows, eta, gradient, curvature, 0, rows.rows);
    for (std::size_t i = 0; i < rows.rows; ++i) dual[i] = gradient[i] = -gradient[i];
    const Sums found = add_up(rows, gradient);
    RowEvidence evidence{sums.value, found.sum, root(found.squares), root(found.squares), false};
    if (!rows.fit_intercept || size_of(found.sum) <= kMet * evidence.size) return evidence;
    evidence.moved = true;
    const double total = raised(rows, floor, curvature);
    Sums left = found;
    // The second round removes the rounding error of the first.
    for (int round = 0; round < 2; ++round) {
        const double step = total > 0.0 ? left.sum / total : 0.0;
        for (std::size_t i = 0; i < rows.rows; ++i) {
            dual[i] -= step * (curvature[i] + floor * rows.weight[i]);
        }
        left = add_up(rows, dual);
    }
    evidence.dual_size = root(left.squares);
    if (size_of(left.sum) <= kRounding * evidence.dual_size) {
        if (scale_into_domain(rows, dual)) evidence.dual_size = root(add_up(rows, dual).squares);
        return evidence;
    }
    for (std::size_t i = 0; i < rows.rows; ++i) dual[i] = 0.0;
    evidence.dual_size = 0.0;
    return evidence;
}

double dual_value(const LossRows& rows, const double* dual, double scale) {
    double product = 0.0;
#pragma omp simd reduction(+ : product)
    for (std::size_t i = 0; i < rows.rows; ++i) product += scale * dual[i] * rows.offset[i];
    return product - conjugate(rows, dual, scale, 0, rows.rows);
}

NullFit fit_null(const LossRows& rows, double floor, double start, double* eta, double* memory) {
    double *residual = memory, *curvature = memory + rows.rows;
    const bool quadratic = kLosses[rows.loss].quadratic;
    for (std::size_t i = 0; i < rows.rows; ++i) residual[i] = 0.0;
    const double saturated = -conjugate(rows, residual, 1.0, 0, rows.rows);
    const auto evaluate = [&](double intercept) {
        for (std::size_t i = 0; i < rows.rows; ++i) eta[i] = rows.offset[i] + intercept;
        return measure(rows, eta, residual, curvature, 0, rows.rows);
    };
    const double first = rows.fit_intercept ? start : 0.0;
    LossSums here = evaluate(first);
    const bool tails = kLosses[rows.loss].linear_tails;
    const QuadraticRounding squares{
        quadratic || tails ? weighted_norm(rows, rows.y) + weighted_norm(rows, rows.offset) : 0.0};
    const double usual = 64.0 * kEps * larger(size_of(here.value), size_of(saturated));
    const auto rounding_at = [&](double at) {
        if (quadratic) return squares.at(at);
        return tails ? larger(squares.at(at), usual) : usual;
    };
    double intercept = first, value = here.value, rounding = rounding_at(first);
    for (int steps = 0; rows.fit_intercept && steps < kMostSteps; ++steps) {
        const double total = raised(rows, quadratic ? 0.0 : floor, curvature);
        const double step = total > 0.0 ? here.residual / total : 0.0;
        // In the last step rounding hides the decrease, but it still doubles the correct digits.
        const bool hidden = size_of(step) <= kShort && 0.5 * step * here.residual <= rounding;
        const double allowed = hidden ? kInfinity : value + 4.0 * kEps * size_of(value);
        double scale = 1.0;
        int halved = 0;
        LossSums there = evaluate(intercept + step);
        while (!(there.value <= allowed) && ++halved < kHalvings) {
            scale *= 0.5;
            there = evaluate(intercept + scale * step);
        }
        if (!(there.value <= allowed)) {
            here = evaluate(intercept);
            break;
        }
        const double gain = value - there.value;
        const bool exact = quadratic && there.value > kNextToNothing * value;
        const bool settled =
            scale == 1.0 && gain <= kSettled * larger(size_of(value), size_of(there.value));
        intercept += scale * step;
        value = there.value;
        here = there;
        rounding = rounding_at(intercept);
        if (exact || settled || hidden || value - saturated <= rounding) break;
    }
    return {intercept, value, saturated, rounding, root(add_up(rows, residual).squares)};
}

FeatureEvidence judge_features(const JudgedPoint& point, double* violation) {
    FeatureEvidence found{0.0, 0.0, 1.0, 0.0, 0.0, 0.0, kInfinity};
    check_interrupt(32 * point.size);
    // The negative product, with the rounding error of equalities that hold set to 0. An l1
    // strength below rounding is treated as an equality, clipped to what it allows.
    const auto met = [&](const JudgedFeature& judged, std::size_t j) {
        const double product = point.norm[j] == 0.0 ? 0.0 : -point.products[j];
        const double rounding = kRounding * point.dual_size * point.norm[j];
        const bool open = judged.lower == -kInfinity || judged.upper == kInfinity;
        const bool free = open && judged.l1 <= rounding && (judged.l1 > 0.0 || judged.l2 == 0.0);
        if (!free || !(size_of(product) <= rounding)) return product;
        return product > judged.l1 ? judged.l1 : (product < -judged.l1 ? -judged.l1 : product);
    };
    for (std::size_t j = 0; j < point.size; ++j) {
        const JudgedFeature judged = feature(point, j);
        const double coef = point.coef[j], norm = point.norm[j];
        const bool excluded = judged.l1 == kInfinity;
        found.penalty += penalty_of(point, j);
        violation[j] = 0.0;
        if (excluded) continue;
        const double product = met(judged, j);
        found.lost += size_of((norm == 0.0 ? 0.0 : -point.products[j]) - product) * size_of(coef);
        const double scale = judged.feasible_scale(product - judged.l2 * coef);
        if (scale < found.scale) found.scale = scale;
        found.conjugate += judged.conjugate(product);
        const double negative_gradient = norm == 0.0 ? 0.0 : -point.gradients[j];
        violation[j] = judged.violation(coef, negative_gradient - judged.l2 * coef);
        const double largest = point.null_size * norm;
        const double unit = judged.l1 > 0.0 ? larger(judged.l1, kSmallestShare * largest) : largest;
        // Beside a perfect null model gradients are rounding, and the gap alone decides.
        if (norm > 0.0 && point.null_size > 0.0 && unit > 0.0)
            found.violation = larger(violation[j] / unit, found.violation);
        if (norm > 0.0 && point.factor[j] > 0.0 && point.factor[j] / norm < found.least) {
            found.least = point.factor[j] / norm;
        }
    }
    // Rounded down: if l2 is tiny, the conjugate just above l1 is huge.
    if (found.scale < 1.0) found.scale *= kRoundedDown;
    for (std::size_t j = 0; j < point.size; ++j) {
        const JudgedFeature judged = feature(point, j);
        if (judged.l1 == kInfinity) continue;
        found.conjugate_scaled += judged.conjugate(found.scale * met(judged, j));
    }
    return found;
}

}  // namespace bridle::BRIDLE_LEVEL
