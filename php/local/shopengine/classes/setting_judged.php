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
 * A value that the engine judges before it is saved.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
trait setting_judged {
    /** @var string the interface */
    private $paymode;

    /**
     * Constructor.
     *
     * @param string $paymode the interface
     * @param string ...$asked what Moodle's own setting wants
     */
    public function __construct(string $paymode, string ...$asked) {
        $this->paymode = $paymode;
        parent::__construct(...$asked);
    }

    /**
     * What is wrong with the value.
     *
     * @param string $data
     * @return bool|string true, or a sentence
     */
    public function validate($data) {
        $problem = \ShopEngine\Paymode::problem($this->paymode, $this->name, trim((string) $data));
        return $problem === null ? true : get_string($problem, 'local_shopengine');
    }
}
