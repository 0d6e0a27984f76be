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
 * The back office's list of products: what each gives its buyers once they have paid.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<p><?= $t('products_about') ?></p>
<ul class="shopengine-hints">
    <li><?= $t('products_about_same') ?></li>
    <li><?= $t('products_about_other') ?></li>
</ul>
<div class="shopengine-notice shopengine-warning" role="note"><p><?= $t('products_no_secret') ?></p></div>
<?php if ($data['findings']) { ?>
<section aria-labelledby="shopengine-findings">
    <h2 id="shopengine-findings"><?= $t('products_findings') ?></h2>
    <?= $this->partial('notices', ['notices' => array_map(fn(array $finding): array => ['level' => 'warning'] + $finding, $data['findings'])]) ?>
</section>
<?php } ?>
<?php if (!$data['products']) { ?>
<p><?= $t('products_empty') ?></p>
<?php } ?>
<?php foreach ($data['products'] as $product) { ?>
<?php $id = 'shopengine-product-' . $product['id']; ?>
<details class="shopengine-product" id="<?= $s($id) ?>"<?= $product['wrong'] ? ' open' : '' ?>>
    <summary>
        <strong><?= $s($product['name']) ?></strong> <code><?= $s($product['code']) ?></code>
        <span class="shopengine-about"><?= $product['url']['value'] !== '' ? $s($product['url']['value'])
            : ($product['message']['value'] !== '' ? $t('products_message_only') : $t('products_nothing')) ?></span>
    </summary>
    <?= $this->form($data['action'], ['what' => 'save', 'id' => $product['id'], 'page' => $data['page']]) ?>

        <?= $this->field([
            'id' => "$id-url",
            'name' => 'fulfillmenturl',
            'label' => $this->text('field_fulfillmenturl'),
            'description' => $this->text('field_fulfillmenturl_about'),
            'value' => $product['url']['value'],
            'problem' => $product['url']['problem'],
            'autocomplete' => 'off',
        ]) ?>
        <?= $this->field([
            'id' => "$id-message",
            'name' => 'fulfillmentmessage',
            'label' => $this->text('field_fulfillmentmessage'),
            'description' => $this->text('field_fulfillmentmessage_about'),
            'type' => 'textarea',
            'value' => $product['message']['value'],
            'problem' => $product['message']['problem'],
        ]) ?>
        <button class="shopengine-primary"><?= $t('save') ?></button>
    </form>
</details>
<?php } ?>
<nav class="shopengine-navigation" aria-label="<?= $t('title_products') ?>">
<?php if ($data['page'] > 0) { ?>
    <a class="shopengine-secondary" href="<?= $s($data['action'] . '?page=' . ($data['page'] - 1)) ?>"><?= $t('products_previous') ?></a>
<?php } ?>
<?php if ($data['more']) { ?>
    <a class="shopengine-secondary" href="<?= $s($data['action'] . '?page=' . ($data['page'] + 1)) ?>"><?= $t('products_next') ?></a>
<?php } ?>
</nav>
