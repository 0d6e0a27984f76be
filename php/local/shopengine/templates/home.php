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
 * A seller's home page: what waits for them, what was sold, and where buyers stop.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?= $this->partial('homeheld', $data['held'] + ['list' => $data['list']]) ?>
<section aria-labelledby="shopengine-sales">
    <h2 id="shopengine-sales"><?= $t($data['test'] ? 'home_sales_test' : 'home_sales') ?></h2>
<?php if ($data['others']['count'] || $data['test']) { ?>
    <p class="shopengine-about"><?= $t($data['test'] ? 'home_real_left_out' : 'home_tests_left_out', ['count' => $data['others']['count']]) ?>
        <a href="<?= $s($data['others']['url']) ?>"><?= $t($data['test'] ? 'home_show_real' : 'home_show_tests') ?></a></p>
<?php } ?>
    <div class="shopengine-cards">
<?php foreach ($data['cards'] as $card) { ?>
        <section class="shopengine-card<?= $card['current'] ? ' shopengine-current' : '' ?>" data-period="<?= $s($card['code']) ?>">
            <h3><a href="<?= $s($card['url']) ?>"<?= $card['current'] ? ' aria-current="true"' : '' ?>><?= $t('home_' . $card['code']) ?></a></h3>
            <dl class="shopengine-facts">
<?php foreach (['placed', 'paid', 'held'] as $number) { ?>
                <div><dt><?= $t("home_$number") ?></dt><dd><?= $this->counted($card[$number]) ?></dd></div>
<?php } ?>
<?php foreach ($card['sums'] as $sum) { ?>
                <div><dt><?= $t('home_revenue') ?></dt><dd><?= $this->counted(['url' => $card['revenueurl']] + $sum['revenue']) ?></dd></div>
                <div><dt><?= $t('home_refunded') ?></dt><dd><?= $this->counted(['url' => $card['refundedurl']] + $sum['refunded']) ?></dd></div>
<?php } ?>
            </dl>
        </section>
<?php } ?>
    </div>
    <p class="shopengine-about"><?= $t('home_about') ?></p>
</section>
<h2><?= $t('home_details_' . $data['period']['code'], ['first' => $data['period']['from'], 'last' => $data['period']['to']]) ?></h2>
<p class="shopengine-about"><?= $t('zone_days', ['zone' => $data['zone']]) ?></p>
<?php foreach ($data['groups'] as $group) { ?>
<?= $this->partial('homegroup', $group) ?>
<?php } ?>
<?= $this->partial('homefunnel', $data['funnel']) ?>
