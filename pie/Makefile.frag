# phpize leaves the absolute variants of this variable empty.
CRATE = $(top_srcdir)/..

$(phplibdir)/shopengine.so: cargo-build
	$(mkinstalldirs) $(phplibdir)
	cp $(CRATE)/target/release/libshopengine.so $@

# PHP is named only if it is not the first on the path: naming it makes cargo build everything again.
cargo-build:
	cd $(CRATE) && if test "$$(readlink -f "$$(command -v php)")" != "$$(readlink -f $(PHP_EXECUTABLE))"; then export PHP="$(PHP_EXECUTABLE)"; fi && $(CARGO) build --release --locked

.PHONY: cargo-build
