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
 * The catalogue, with the cart beside it.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php if ($data['cart']) { ?>
<p class="shopengine-tocart"><a href="#shopengine-cart-heading"><?= $t('cart_see', ['count' => $data['cart']['count'], 'amount' => $data['cart']['totals']['taxed']]) ?></a></p>
<?php } ?>
<div class="shopengine-columns">
    <section class="shopengine-catalogue" aria-label="<?= $t('catalogue') ?>">
        <ul class="shopengine-items">
<?php foreach ($data['items'] as $item) { ?>
<?php $heading = $this->unique_id(); ?>
            <li class="shopengine-item shopengine-<?= $s($item['content']) ?><?= $item['element'] ? ' shopengine-element' : '' ?><?= $item['quantity'] > 0 ? ' shopengine-incart' : '' ?>">
                <article aria-labelledby="<?= $s($heading) ?>">
                    <h2 id="<?= $s($heading) ?>"><?= $s($item['name']) ?></h2>
<?php if (trim($item['description'] ?? '') !== '') { ?>
                    <div class="shopengine-description"><?= $this->host->rich_text($item['description']) ?></div>
<?php } ?>
<?php if ($item['elements']) { ?>
                    <?= $this->partial('elements', ['elements' => $item['elements']]) ?>
<?php } ?>
<?php if ($item['content'] === 'set') { ?>
                    <p class="shopengine-about"><?= $t('set_choose') ?></p>
<?php } else { ?>
                    <p class="shopengine-price">
                        <strong><?= $m($item['taxedprice']) ?></strong> <span><?= $t('taxes_included') ?></span>
                        <small><?= $m($item['price']) ?> <?= $t('before_taxes') ?></small>
                    </p>
<?php if (count($item['bands'] ?? []) > 1) { ?>
                    <ul class="shopengine-bands">
<?php foreach ($item['bands'] as $index => $band) { ?>
                        <li><?= $band['upto'] === null
                            ? $t('band_above', ['from' => $item['bands'][$index - 1]['upto'], 'price' => $band['price']])
                            : $t('band_upto', ['upto' => $band['upto'], 'price' => $band['price']]) ?></li>
<?php } ?>
                    </ul>
<?php } ?>
<?php } ?>
<?php if (!$item['forsale'] && $item['content'] !== 'set') { ?>
                    <p class="shopengine-whynot"><?= $t($item['whynot']['code'] ?? 'unavailable', ($item['whynot']['params'] ?? []) + ['product' => $item['name']]) ?></p>
<?php } ?>
<?php if ($item['protected']) { ?>
                    <?= $this->command('checkpasscode', ['productname' => $item['shortname']], 'class="shopengine-inline"') ?>

                        <?= $this->field([
                            'name' => 'passcode', 'id' => $this->unique_id(), 'label' => $this->text('passcode'),
                            'type' => 'password', 'required' => true, 'autocomplete' => 'off',
                        ]) ?>
                        <button class="shopengine-secondary"><?= $t('passcode_check') ?></button>
                    </form>
<?php } else if ($item['quantity'] > 0) { ?>
                    <div class="shopengine-actions">
                        <?= $this->command('setunits', ['productname' => $item['shortname']], 'class="shopengine-inline" novalidate') ?>

<?php $quantity = $this->unique_id(); ?>
                            <label for="<?= $s($quantity) ?>"><?= $t('quantity') ?> <span class="shopengine-hidden"><?= $s($item['name']) ?></span></label>
                            <input id="<?= $s($quantity) ?>" name="quant" type="text" inputmode="numeric" autocomplete="off" size="3" value="<?= $s($item['quantity']) ?>">
                            <button class="shopengine-secondary"><?= $t('update') ?> <span class="shopengine-hidden"><?= $s($item['name']) ?></span></button>
                        </form>
                        <?= $this->command('deleteunit', ['productname' => $item['shortname'], 'clearall' => 1], 'class="shopengine-inline"') ?>

                            <button class="shopengine-link"><?= $t('remove') ?> <span class="shopengine-hidden"><?= $s($item['name']) ?></span></button>
                        </form>
                    </div>
<?php } else if ($item['forsale']) { ?>
                    <?= $this->command('addunit', ['productname' => $item['shortname']]) ?>

                        <button class="shopengine-secondary"><?= $t('add') ?> <span class="shopengine-hidden"><?= $s($item['name']) ?></span></button>
                    </form>
<?php } ?>
                </article>
            </li>
<?php } ?>
        </ul>
    </section>
    <aside class="shopengine-cart" aria-labelledby="shopengine-cart-heading">
        <h2 id="shopengine-cart-heading"><?= $t('cart') ?><?php if ($data['cart']) { ?> <span class="shopengine-count"><?= $s($data['cart']['count']) ?></span><?php } ?></h2>
<?php if (!$data['cart']) { ?>
        <p><?= $t('cart_is_empty') ?></p>
<?php } else { ?>
        <ul class="shopengine-cartlines">
<?php foreach ($data['cart']['lines'] as $line) { ?>
            <li><span><?= $s($line['quantity']) ?> × <?= $s($line['label']) ?></span> <?= $m($line['taxed']) ?></li>
<?php } ?>
        </ul>
        <?= $this->partial('totals', ['totals' => $data['cart']['totals']]) ?>
<?php if ($data['next']) { ?>
        <?= $this->command('navigate') ?>

            <button class="shopengine-primary" name="go" value="1"><?= $t('continue_purchase') ?></button>
        </form>
<?php } ?>
        <?= $this->command('clearall') ?>

            <button class="shopengine-link"><?= $t('cart_clear') ?></button>
        </form>
<?php } ?>
    </aside>
</div>
