<?php
// This file is part of shopengine, the commerce engine of Moodle's local_shop.
//
// Shopengine is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Shopengine is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with shopengine.  If not, see <http://www.gnu.org/licenses/>.

namespace local_shopengine;

/**
 * A page of the shop: a template, the engine's data for it, and the few pieces templates are made of.
 *
 * Templates (templates/*.php) see `$this`, `$data`, and three functions that escape what they print:
 * `$s` (a text), `$t` (a sentence of the language file) and `$m` (an amount of money).
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class page {
    /** @var host where the page is drawn */
    public readonly host $host;

    /** @var string template's name */
    public readonly string $name;

    /** @var array the engine's data */
    public readonly array $data;

    /** @var int serial of element ids */
    private int $serial = 0;

    /** @var bool whether a form that was drawn carries the session's key */
    private bool $acts = false;

    /**
     * Constructor.
     *
     * @param host $host
     * @param string $name name of the template, a word of docs/front.md
     * @param array $data
     */
    public function __construct(host $host, string $name, array $data) {
        $this->host = $host;
        $this->name = $name;
        $this->data = $data;
    }

    /**
     * The page's title, for its `h1`.
     *
     * @return string plain text
     */
    public function title(): string {
        return $this->text('title_' . $this->name, [
            'transid' => $this->data['order']['transid'] ?? '',
            'partner' => $this->data['partner']['name'] ?? '',
        ]);
    }

    /**
     * Lists what the page's order has opened for its buyer, if the page may say it.
     *
     * @return array `links`, `told`
     */
    private function goods(): array {
        return empty($this->data['goods']) ? ['links' => [], 'told' => ''] : $this->host->goods($this->data['order']['transid']);
    }

    /**
     * True for a page that is to be printed: it wants no menus around it.
     *
     * @return bool
     */
    public function is_popup(): bool {
        return !empty($this->data['popup']);
    }

    /**
     * True for a page whose address may carry the token of an email's link: the address goes to no other site,
     * and no cache keeps the page.
     *
     * @return bool
     */
    public function is_confidential(): bool {
        return in_array($this->name, ['bill', 'invoice', 'error'], true);
    }

    /**
     * True for a page with a table of many columns.
     *
     * @return bool
     */
    public function is_wide(): bool {
        return in_array($this->name, ['home', 'partners', 'partnerstatement', 'partnerrefusals', 'partnercompare'], true);
    }

    /**
     * Where the page's forms may lead to besides the shop itself: the payment interfaces' hosts, and what was bought.
     *
     * @return string[] CSP sources
     */
    public function form_targets(): array {
        // A gateway may send the buyer through hosts of its own, and browsers check those too.
        $targets = $this->name === 'payment' ? ['https:'] : [];
        $actions = array_column($this->data['widget']['forms'] ?? [], 'action');
        // What the buyer owns already is opened instead of being charged.
        if (in_array($this->name, ['order', 'payment'])) {
            $actions[] = $this->data['opens'] ?? '';
        }
        foreach ($actions as $action) {
            if (preg_match('~^https?://[a-z0-9.:\[\]-]+~i', $action, $origin)) {
                $targets[] = $origin[0];
            }
        }
        return array_values(array_unique($targets));
    }

    /**
     * Scripts that make the page easier to use; it works without them.
     *
     * @return string[] files of the folder scripts
     */
    public function scripts(): array {
        $scripts = in_array($this->name, ['partnerlink', 'partnersecret'], true) ? ['copy.js'] : [];
        return $this->watches() ? [...$scripts, 'watch.js'] : $scripts;
    }

    /**
     * Does a script of ours on this page ask the shop whether something has happened?
     *
     * @return bool
     */
    public function watches(): bool {
        return !empty($this->data['widget']['watch']);
    }

    /**
     * The header by which the browser goes on by itself, once: to what was bought.
     *
     * @return string|null `5; url=https://…`
     */
    public function refresh(): ?string {
        $opens = $this->name === 'produce' ? ($this->data['opens'] ?? null) : null;
        return $opens ? "{$opens['seconds']}; url={$opens['url']}" : null;
    }

    /**
     * This page of an order once more: it is not left by itself twice.
     *
     * @return string URL
     */
    public function again(): string {
        return $this->address([
            'view' => $this->name,
            'shopid' => $this->data['shop']['id'] ?? '',
            'transid' => $this->data['order']['transid'] ?? '',
        ]);
    }

    /**
     * The script of this page with other parameters.
     *
     * @param array $query values by name
     * @return string URL
     */
    public function address(array $query): string {
        // Moodle sets `arg_separator.output` to what HTML wants, and templates escape what they print.
        return $this->data['action'] . '?' . http_build_query($query, '', '&');
    }

    /**
     * Does a notice come with an address to open?
     *
     * @param array $notice
     * @return bool
     */
    public static function opens(array $notice): bool {
        return isset($notice['params']['product']) && preg_match('~^https?://~i', $notice['params']['url'] ?? '');
    }

    /**
     * Can something be clicked on this page that changes what is stored? Known once it is drawn.
     *
     * @return bool
     */
    public function acts(): bool {
        return $this->acts;
    }

    /**
     * What stands above the title: how far the purchase is.
     *
     * @return string HTML
     */
    public function steps(): string {
        return empty($this->data['steps']) ? '' : $this->partial('steps', ['steps' => $this->data['steps']]);
    }

    /**
     * The page below its title.
     *
     * @return string HTML
     */
    public function content(): string {
        return '<div class="shopengine shopengine-page-' . self::escape($this->name) . '">'
            . $this->partial('notices', ['notices' => $this->data['notices'] ?? []])
            . $this->partial($this->name, $this->data)
            . '</div>';
    }

    /**
     * A template, drawn.
     *
     * @param string $template
     * @param array $data
     * @return string HTML
     */
    public function partial(string $template, array $data): string {
        $s = fn(mixed $text): string => self::escape((string) $text);
        $t = fn(string $code, array $params = []): string => self::escape($this->text($code, $params));
        $m = fn(array $money): string => '<span class="shopengine-money">' . self::escape($money['text']) . '</span>';
        ob_start();
        try {
            require(dirname(__DIR__) . '/templates/' . basename($template) . '.php');
        } catch (\Throwable $error) {
            ob_end_clean();
            throw $error;
        }
        return ob_get_clean();
    }

    /**
     * A sentence of the language file, the words of the engine's lists in it put into the page's language.
     * A code without a sentence is shown as such, for the seller to report.
     *
     * @param string $code
     * @param array $params
     * @return string plain text
     */
    public function text(string $code, array $params = []): string {
        foreach ($params as $name => $value) {
            $value = is_array($value) ? ($value['text'] ?? '') : (string) $value;
            $params[$name] = match ($name) {
                'country' => $this->host->countries()[$value] ?? $value,
                'from', 'to', 'status' => $this->host->string("status_$value") ?? $value,
                'paymode' => $this->paymode($value),
                'step' => $this->host->string("step_$value") ?? $value,
                default => $value,
            };
        }
        return $this->host->string($code, $params)
            ?? $this->host->string('unknown_code', ['code' => $code])
            ?? $code;
    }

    /**
     * The name of a payment interface; of one that only the plugin knows, its code.
     *
     * @param string $name its code, '' for none
     * @return string plain text
     */
    public function paymode(string $name): string {
        return $this->host->string("paymode_$name") ?? $name;
    }

    /**
     * The opening of a form, with the fields that all forms carry. The anti-forgery key goes to our own site only.
     *
     * @param string $action absolute URL, or a path of ours
     * @param array $hidden hidden fields, as name => value or as [name, value] pairs
     * @param string $attributes more attributes, HTML
     * @param string $method
     * @return string HTML
     */
    public function form(string $action, array $hidden, string $attributes = '', string $method = 'post'): string {
        $html = '<form action="' . self::escape($action) . '" method="' . self::escape(strtolower($method)) . '" '
            . $attributes . '>';
        if (str_starts_with($action, $this->host->wwwroot() . '/') && strtolower($method) === 'post') {
            $html .= self::hidden('sesskey', $this->host->sesskey());
            $this->acts = true;
        }
        foreach ($hidden as $name => $value) {
            [$name, $value] = is_array($value) ? array_values($value) : [$name, $value];
            $html .= self::hidden((string) $name, (string) $value);
        }
        return $html;
    }

    /**
     * A form that carries a command of the purchase.
     *
     * @param string $what the command
     * @param array $hidden its fixed fields
     * @param string $attributes more attributes, HTML
     * @return string HTML
     */
    public function command(string $what, array $hidden = [], string $attributes = ''): string {
        $fixed = [
            'view' => $this->data['view'],
            'what' => $what,
            'shopid' => $this->data['shop']['id'] ?? '',
            'blockid' => $this->data['blockid'] ?? 0,
        ];
        return $this->form($this->data['action'], $fixed + $hidden, $attributes);
    }

    /**
     * One labelled field of a form, with what is wrong with it.
     *
     * @param array $field `name`, `label`, `value`; and where they apply `type` (text, email, textarea, select, checkbox),
     *     `problem` (a code) with `params`, `description`, `options` ([value, label]), `required`, `autocomplete`, `maxlength`,
     *     `id`, `class`
     * @return string HTML
     */
    public function field(array $field): string {
        return $this->partial('field', $field + [
            'id' => self::id($field['name']),
            'type' => 'text',
            'value' => '',
            'problem' => null,
            'params' => [],
            'description' => '',
            'options' => [],
            'required' => false,
            'autocomplete' => null,
            'maxlength' => null,
            'class' => '',
        ]);
    }

    /**
     * A number or an amount, as a link to what it counts; without one where that is nothing.
     *
     * @param array $number `count`, or `text` and `any` of an amount; `url`
     * @return string HTML
     */
    public function counted(array $number): string {
        $text = self::escape((string) ($number['count'] ?? $number['text']));
        return $number['count'] ?? $number['any'] ? '<a href="' . self::escape($number['url']) . "\">$text</a>" : $text;
    }

    /**
     * An element id that no other element of the page has.
     *
     * @return string
     */
    public function unique_id(): string {
        return 'shopengine-' . (++$this->serial);
    }

    /**
     * The element id of the field with a name.
     *
     * @param string $name
     * @return string
     */
    public static function id(string $name): string {
        return 'field-' . trim(preg_replace('/[^A-Za-z0-9]+/', '-', $name), '-');
    }

    /**
     * A text made fit for HTML, in an element or in a quoted attribute.
     *
     * @param string $text
     * @return string HTML
     */
    public static function escape(string $text): string {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8');
    }

    /**
     * A hidden field.
     *
     * @param string $name
     * @param string $value
     * @return string HTML
     */
    private static function hidden(string $name, string $value): string {
        return '<input type="hidden" name="' . self::escape($name) . '" value="' . self::escape($value) . '">';
    }
}
