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
 * What the plugin's handlers answer for a line, and whether it means that the line was not produced.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class line_answer {
    /**
     * Refuses a product whose handler, or that of an element of its bundle, is not there.
     *
     * @param \local_shop\CatalogItem $product
     */
    public static function check_handler(\local_shop\CatalogItem $product): void {
        if ($product->get_handler() === null) {
            throw new \moodle_exception('line_no_handler', 'local_shopengine', '', $product->enablehandler);
        }
        foreach ($product->isset == PRODUCT_BUNDLE ? $product->elements : [] as $element) {
            self::check_handler($element);
        }
    }

    /**
     * Refuses a product that has lost the handler with which it was ordered, or has another one.
     *
     * @param \local_shop\CatalogItem $product the line's, or an element of its bundle
     * @param string $ordered the handler as it was ordered; '' for none
     */
    public static function check_ordered_handler(\local_shop\CatalogItem $product, string $ordered): void {
        $now = (string) $product->enablehandler;
        if ($ordered !== '' && $now !== $ordered) {
            $key = empty($now) ? 'line_handler_gone' : 'line_handler_other';
            $params = ['code' => $product->code, 'ordered' => $ordered, 'now' => $now];
            throw new \moodle_exception($key, 'local_shopengine', '', $params);
        }
    }

    /**
     * Refuses a bundle that has lost an element since it was ordered.
     *
     * @param \local_shop\CatalogItem $product
     * @param int[] $ordered ids of the elements
     */
    public static function check_elements(\local_shop\CatalogItem $product, array $ordered): void {
        global $DB;
        $here = array_map(fn(\local_shop\CatalogItem $element): int => (int) $element->id, $product->elements);
        $gone = array_diff($ordered, $here);
        if ($gone) {
            $codes = $DB->get_records_list('local_shop_catalogitem', 'id', $gone, 'code', 'id, code');
            $names = array_map(fn(int $id): string => $codes[$id]->code ?? "#$id", $gone);
            throw new \moodle_exception('line_element_gone', 'local_shopengine', '', implode(', ', $names));
        }
    }

    /**
     * Refuses an answer that reports an error, or none where a handler had to answer.
     *
     * @param \local_shop\CatalogItem $product the line's, or an element of its bundle
     * @param \local_shop\BillItem $line as the plugin has left it
     * @param string $phase
     * @param \stdClass|null $response what the plugin gathered
     */
    public static function check(
        \local_shop\CatalogItem $product,
        \local_shop\BillItem $line,
        string $phase,
        ?\stdClass $response
    ): void {
        $told = trim(html_to_text((string) ($response->salesadmin ?? ''), 0, false));
        if (!empty($line->error) || self::is_failure($product, (string) ($response->public ?? ''))) {
            throw new \moodle_exception('line_error', 'local_shopengine', '', $told);
        }
        // Before the payment a handler may have nothing to do.
        $answers = is_object($product->get_handler());
        if ($phase === 'postpay' && $answers && ($response->public ?? '') . ($response->salesadmin ?? '') === '') {
            throw new \moodle_exception('line_no_answer', 'local_shopengine', '', $product->enablehandler);
        }
    }

    /**
     * Is it one of the sentences with which the plugin's handlers report a failure?
     *
     * @param \local_shop\CatalogItem $product
     * @param string $answer for the buyer
     * @return bool
     */
    private static function is_failure(\local_shop\CatalogItem $product, string $answer): bool {
        $strings = get_string_manager();
        $keys = ["shophandlers_$product->enablehandler" => 'productiondata_failure_public', 'local_shop' => 'processerror'];
        foreach ($keys as $component => $key) {
            // A string that is missing is shown as its key.
            $sentence = $strings->string_exists($key, $component) ? $strings->get_string($key, $component) : "[[$key]]";
            $parts = preg_split('~\{\$a(->\w+)?\}~', trim($sentence));
            if (implode('', array_map(trim(...), $parts)) === '') {
                // A translation without words of its own would be found in each answer.
                continue;
            }
            $pattern = implode('.*', array_map(fn(string $part): string => preg_quote($part, '~'), $parts));
            if (preg_match("~$pattern~s", $answer)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Lets the plugin send the emails with which it ends a production. Its controller is given a bill with one line, whose handler
     * answers what all lines have answered already.
     *
     * @param \local_shop\Bill $bill
     */
    public static function notify(\local_shop\Bill $bill): void {
        $told = new class (self::feedback((string) $bill->productionfeedback), $bill->transactionid) {
            /** @var int no bundle */
            public int $isset = 0;

            /**
             * Constructor.
             *
             * @param \stdClass $feedback
             * @param string $code
             */
            public function __construct(
                /** @var \stdClass what the handler answers */
                private readonly \stdClass $feedback,
                /** @var string the product's code */
                public readonly string $code
            ) {
            }

            /**
             * The catalogue's only product.
             *
             * @return self
             */
            public function get_product_by_code(): self {
                return $this;
            }

            /**
             * Its handler.
             *
             * @return self
             */
            public function get_handler(): self {
                return $this;
            }

            /**
             * The handler's answer.
             *
             * @return \stdClass
             */
            public function produce_prepay(): \stdClass {
                return $this->feedback;
            }
        };
        $bill->items = [(object) ['type' => 'BILLING', 'itemcode' => $bill->transactionid, 'catalogitem' => $told]];
        $catalog = $bill->thecatalogue;
        $bill->thecatalogue = $told;
        // The controller asks its handlers once, and goes on to its emails.
        $bill->status = SHOP_BILL_PENDING;
        $block = null;
        $controller = new \local_shop\front\production_controller($bill->theshop, $catalog, $block, $bill);
        $controller->receive('produce');
        $controller->process('produce', true);
    }

    /**
     * The feedback that a bill has gathered.
     *
     * @param string $stored as in the bill
     * @return \stdClass `public`, `private` and `salesadmin`
     */
    public static function feedback(string $stored): \stdClass {
        $feedback = (array) json_decode((string) base64_decode($stored));
        return (object) ($feedback + ['public' => '', 'private' => '', 'salesadmin' => '']);
    }
}
