// Copies the text of a field. The buttons are hidden in the page, and shown here: without scripts the field is selected by hand.
(function() {
    'use strict';

    /** Puts the field's text on the clipboard; a page without HTTPS has only the old way. */
    function copy(field) {
        field.focus();
        field.select();
        if (navigator.clipboard && window.isSecureContext) {
            return navigator.clipboard.writeText(field.value);
        }
        return document.execCommand('copy') ? Promise.resolve() : Promise.reject(new Error('not copied'));
    }

    function prepare() {
        document.querySelectorAll('[data-shopengine-copy]').forEach(function(button) {
            var field = document.getElementById(button.getAttribute('data-shopengine-copy'));
            var told = document.getElementById(button.getAttribute('data-shopengine-told'));
            button.hidden = false;
            button.addEventListener('click', function() {
                copy(field).then(function() {
                    told.textContent = told.getAttribute('data-done');
                }, function() {
                    told.textContent = told.getAttribute('data-failed');
                });
            });
        });
    }

    if (document.readyState === 'loading') {
        document.addEventListener('DOMContentLoaded', prepare);
    } else {
        prepare();
    }
})();
