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
 * Who takes the seats bought.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php $fullname = fn(array $person): string => trim($person['firstname'] . ' ' . $person['lastname']); ?>
<p class="shopengine-lead"><?= $t('users_lead') ?></p>
<div class="shopengine-columns">
    <section aria-labelledby="shopengine-seats">
        <h2 id="shopengine-seats"><?= $t('seats_heading') ?></h2>
<?php foreach ($data['products'] as $product) { ?>
        <div class="shopengine-card">
            <h3><?= $s($product['name']) ?></h3>
            <p class="shopengine-<?= $product['missing'] > 0 ? 'missing' : 'complete' ?>"><?= $product['missing'] > 0
                ? $t('seats_missing', ['missing' => $product['missing'], 'seats' => $product['seats']])
                : $t('seats_complete', ['seats' => $product['seats']]) ?></p>
<?php if ($product['assigned']) { ?>
            <ul class="shopengine-people">
<?php foreach ($product['assigned'] as $person) { ?>
                <li>
                    <span><?= $s($fullname($person)) ?> <small><?= $s($person['email']) ?></small></span>
                    <?= $this->command('deleteassign', ['participantid' => $person['email'], 'role' => $product['role'], 'product' => $product['shortname']]) ?>

                        <button class="shopengine-link"><?= $t('seat_free') ?> <span class="shopengine-hidden"><?= $s($fullname($person)) ?></span></button>
                    </form>
                </li>
<?php } ?>
            </ul>
<?php } ?>
<?php $free = array_filter($data['participants'], fn(array $person): bool => !in_array($person['email'], array_column($product['assigned'], 'email'))); ?>
<?php if ($product['missing'] > 0 && $free) { ?>
            <?= $this->command('addassign', ['role' => $product['role'], 'product' => $product['shortname']], 'class="shopengine-inline"') ?>

                <?= $this->field([
                    'name' => 'participantid', 'id' => $this->unique_id(), 'label' => $this->text('seat_for'), 'type' => 'select', 'required' => true,
                    'options' => array_map(fn(array $person): array => ['value' => $person['email'], 'label' => $fullname($person)], $free),
                ]) ?>
                <button class="shopengine-secondary"><?= $t('seat_assign') ?></button>
            </form>
<?php } ?>
        </div>
<?php } ?>
    </section>
    <section aria-labelledby="shopengine-participants">
        <h2 id="shopengine-participants"><?= $t('participants') ?></h2>
<?php if ($data['participants']) { ?>
        <ul class="shopengine-people">
<?php foreach ($data['participants'] as $person) { ?>
            <li>
                <span><?= $s($fullname($person)) ?> <small><?= $s($person['email']) ?></small></span>
                <?= $this->command('deleteparticipant', ['participantid' => $person['email']]) ?>

                    <button class="shopengine-link"><?= $t('remove') ?> <span class="shopengine-hidden"><?= $s($fullname($person)) ?></span></button>
                </form>
            </li>
<?php } ?>
        </ul>
<?php } ?>
        <div class="shopengine-card">
            <h3><?= $t('participant_add') ?></h3>
            <?= $this->command('addparticipant', [], 'novalidate') ?>

                <?= $this->field(['name' => 'firstname', 'label' => $this->text('field_firstname'), 'required' => true]) ?>
                <?= $this->field(['name' => 'lastname', 'label' => $this->text('field_lastname'), 'required' => true]) ?>
                <?= $this->field(['name' => 'email', 'label' => $this->text('field_email'), 'type' => 'email', 'required' => true]) ?>
                <button class="shopengine-secondary"><?= $t('add') ?></button>
            </form>
        </div>
    </section>
</div>
<?= $this->command('navigate') ?>

    <?= $this->partial('navigation', ['go' => $data['complete'] ? 'continue_purchase' : null]) ?>
</form>
