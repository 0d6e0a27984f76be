dnl PIE builds PHP extensions with phpize, configure and make; this hands the work to cargo.
PHP_ARG_ENABLE([shopengine],
  [whether to enable shopengine],
  [AS_HELP_STRING([--enable-shopengine], [Enable shopengine])],
  [yes])

if test "$PHP_SHOPENGINE" != "no"; then
  AC_PATH_PROG([CARGO], [cargo], [no])
  AS_VAR_IF([CARGO], [no], [AC_MSG_ERROR([cargo not found: install Rust 1.89 or later])])
  PHP_SUBST([CARGO])
  PHP_ADD_MAKEFILE_FRAGMENT([Makefile.frag])
  PHP_MODULES="$PHP_MODULES \$(phplibdir)/shopengine.so"
fi
