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
 * A partner's statement: what came from him in some days.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$here = $data + ['here' => 'statement', 'button' => 'period_show'];
$days = ['view' => 'statement', 'id' => $data['partner']['id'], 'from' => $data['period']['from']['value'], 'to' => $data['period']['to']['value']];
$url = fn(array $query): string => $s($this->address($query));
$sums = $data['overview'];
?>
<?= $this->partial('partnernav', $here) ?>
<?= $this->form($data['action'], ['view' => 'statement', 'id' => $data['partner']['id']], 'novalidate', 'get') ?>

    <?= $this->partial('partnerperiod', $here) ?>
</form>
<?php if ($data['period']['valid']) { ?>
<section aria-labelledby="shopengine-overview">
    <h2 id="shopengine-overview"><?= $t('statement_overview') ?></h2>
<?php if ($sums) { ?>
    <dl class="shopengine-facts">
<?php foreach ($sums['arrivals'] as $arrival) { ?>
        <div><dt><?= $t('arrivals_' . $arrival['state']) ?></dt><dd><?= $s($arrival['count']) ?></dd></div>
<?php } ?>
    </dl>
<?php foreach ($sums['sums'] as $sum) { ?>
    <dl class="shopengine-facts">
        <div><dt><?= $t('statement_orders', ['currency' => $sum['currency']]) ?></dt><dd><?= $s($sum['orders']) ?></dd></div>
        <div><dt><?= $t('statement_settled') ?></dt><dd><?= $m($sum['settled']) ?></dd></div>
        <div><dt><?= $t('statement_refunded') ?></dt><dd><?= $m($sum['refunded']) ?></dd></div>
        <div><dt><?= $t('statement_kept') ?></dt><dd><strong><?= $m($sum['kept']) ?></strong></dd></div>
    </dl>
<?php } ?>
    <p class="shopengine-about"><?= $t('statement_sums_about') ?><?= $sums['tests'] ? ' ' . $t('statement_tests', ['count' => $sums['tests']]) : '' ?></p>
<?php } ?>
    <p class="shopengine-tools">
        <a class="shopengine-secondary" href="<?= $url($days + ['format' => 'csv']) ?>" download><?= $t('statement_csv') ?></a>
        <a class="shopengine-secondary" href="<?= $url($days + ['format' => 'json']) ?>" download><?= $t('statement_json') ?></a>
    </p>
    <p class="shopengine-about"><?= $t('statement_signed') ?>
        <a href="<?= $s($this->host->wwwroot() . '/local/shopengine/verify-statement.html') ?>" download>verify-statement.html</a></p>
</section>
<section aria-labelledby="shopengine-entries">
    <h2 id="shopengine-entries"><?= $t('statement_entries') ?></h2>
<?php if (!$data['entries']) { ?>
    <p><?= $t('statement_empty') ?></p>
<?php } else { ?>
    <?= $this->partial('partnerentries', $data + ['refused' => false]) ?>
<?php } ?>
    <nav class="shopengine-navigation" aria-label="<?= $t('statement_entries') ?>">
<?php if ($data['next'] !== null) { ?>
        <a class="shopengine-secondary" href="<?= $url($days + ['before' => $data['next']]) ?>"><?= $t('entries_older') ?></a>
<?php } ?>
<?php if (!$data['newest']) { ?>
        <a class="shopengine-secondary" href="<?= $url($days) ?>"><?= $t('entries_newest') ?></a>
<?php } ?>
    </nav>
</section>
<?php } ?>
