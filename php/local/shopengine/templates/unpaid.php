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

/**
 * Bills that were sold without a payment that the engine knows, until a seller has looked at each.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<section class="shopengine-unpaid">
    <h2><?= $t('unpaid') ?></h2>
    <p class="shopengine-problem"><?= $t('unpaid_about') ?></p>
    <ul>
<?php foreach ($data['unpaid'] as $bill) { ?>
        <li>
            <p>
                <?= $t('unpaid_bill', ['since' => $this->host->date($bill['since'])] + $bill) ?>

<?php if ($bill['test']) { ?>
                <span class="shopengine-status"><?= $t('test') ?></span>
<?php } ?>
            </p>
<?php if ($bill['delivered']) { ?>
            <ul>
<?php foreach ($bill['delivered'] as $product) { ?>
<?php $access = $this->host->string("product_{$product['context']}", ['instance' => $product['instance']]) ?? ''; ?>
                <li><?= $t('unpaid_product', ['access' => $access, 'time' => $this->host->date($product['time'])] + $product) ?></li>
<?php } ?>
            </ul>
<?php } ?>
            <?= $this->form($data['action'], ['what' => 'acknowledge', 'billid' => $bill['bill']], 'class="shopengine-inline"') ?>

                <button class="shopengine-secondary"><?= $t('unpaid_acknowledge', ['bill' => $bill['bill']]) ?></button>
            </form>
        </li>
<?php } ?>
    </ul>
</section>
