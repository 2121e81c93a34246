#pragma once
// Types and constants only: the library is opened while the program runs.
#include <cblas.h>
#include <stddef.h>

typedef __typeof__(&cblas_sgemm) cblas_sgemm_function;
typedef __typeof__(&cblas_dgemm) cblas_dgemm_function;
typedef __typeof__(&openblas_set_num_threads) openblas_set_num_threads_function;
typedef __typeof__(&openblas_get_corename) openblas_get_corename_function;

/// LAPACK is part of OpenBLAS, but Debian's headers of it declare only the BLAS. Fortran passes the lengths of texts last.
/// Eigenvalues (ascending) and, for jobz "V", eigenvectors of a symmetric matrix by divide and conquer.
typedef void (*dsyevd_function)(const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w, double *work,
                                const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info, size_t jobz_length,
                                size_t uplo_length);
