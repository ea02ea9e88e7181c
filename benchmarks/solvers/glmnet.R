# Runs glmnet on raw binary data: glmnet.R DATA OUT ACTION FAMILY RATIO THRESH REPEATS PATIENCE N P
#
# DATA holds y.bin, alphas.bin, folds.bin and X.bin (column-major) or X_indptr.bin, X_indices.bin,
# X_data.bin. Each run is announced on stdout by "start" and "done". The shortest time counts; no run
# begins once PATIENCE seconds are spent.
suppressPackageStartupMessages({
  library(Matrix)
  library(glmnet)
})

arguments <- commandArgs(trailingOnly = TRUE)
data <- arguments[1]
out <- arguments[2]
action <- arguments[3]
# Families with a log link that glmnet knows as R's own objects.
family <- switch(arguments[4],
  gamma = Gamma(link = "log"),
  tweedie = statmod::tweedie(var.power = 1.5, link.power = 0),
  arguments[4]
)
ratio <- as.numeric(arguments[5])
thresh <- as.numeric(arguments[6])
repeats <- as.integer(arguments[7])
patience <- as.numeric(arguments[8])
n <- as.integer(arguments[9])
p <- as.integer(arguments[10])

read <- function(name, what) {
  file <- file.path(data, name)
  bytes <- if (what == "integer") 4 else 8
  readBin(file, what, n = file.size(file) / bytes, size = bytes)
}
write <- function(values, name) writeBin(values, file.path(out, name))

y <- read("y.bin", "double")
if (identical(family, "multinomial")) y <- factor(y)
if (identical(family, "mgaussian")) y <- matrix(y, n)
if (identical(family, "cox")) {
  y <- matrix(y, n, dimnames = list(NULL, c("time", "status")))
}
alphas <- read("alphas.bin", "double")
if (file.exists(file.path(data, "X.bin"))) {
  x <- matrix(read("X.bin", "double"), n, p)
} else {
  x <- new("dgCMatrix", Dim = c(n, p), p = read("X_indptr.bin", "integer"),
           i = read("X_indices.bin", "integer"), x = read("X_data.bin", "double"))
}

# The path ends early by default.
glmnet.control(fdev = 0, devmax = 1, mnlam = 100)
if (action == "cv") {
  suppressPackageStartupMessages(library(doParallel))
  registerDoParallel(cores = 2)
  folds <- read("folds.bin", "integer")
  run <- function() {
    cv.glmnet(x, y, family = family, alpha = ratio, lambda = alphas, standardize = FALSE,
              thresh = thresh, maxit = 1e7, foldid = folds, parallel = TRUE,
              type.measure = "deviance")
  }
} else {
  run <- function() {
    glmnet(x, y, family = family, alpha = ratio, lambda = alphas, standardize = FALSE,
           thresh = thresh, maxit = 1e7)
  }
}

announce <- function(word) {
  cat(word, "\n", sep = "")
  flush(stdout())
}

best <- Inf
spent <- 0
for (i in seq_len(repeats)) {
  announce("start")
  began <- proc.time()[["elapsed"]]
  fit <- run()
  seconds <- proc.time()[["elapsed"]] - began
  announce("done")
  best <- min(best, seconds)
  spent <- spent + seconds
  if (spent > patience) break
}

write(best, "seconds.bin")
if (action == "cv") {
  write(as.double(fit$cvm), "score.bin")
} else {
  # The coefficients of one class or response below those of another.
  beta <- if (is.list(fit$beta)) do.call(rbind, fit$beta) else fit$beta
  # The partial likelihood has no intercept.
  a0 <- if (identical(family, "cox")) rep(0, length(alphas)) else fit$a0
  write(as.double(a0), "intercepts.bin")
  write(beta@p, "indptr.bin")
  write(beta@i, "indices.bin")
  write(as.double(beta@x), "data.bin")
}
