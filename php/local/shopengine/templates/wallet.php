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
 * An address for a wallet: a button for the one on this machine, a QR code for the one on a telephone.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<div class="shopengine-wallet">
    <p><a class="shopengine-primary" href="<?= $s($data['link']['uri']) ?>"><?= $t($data['link']['submit']) ?></a></p>
<?php if (!empty($data['link']['qr'])) { ?>
    <figure>
        <?= $this->partial('qr', ['qr' => $data['link']['qr']]) ?>

        <figcaption><?= $t('wallet_scan') ?></figcaption>
    </figure>
<?php } ?>
    <details>
        <summary><?= $t('wallet_address') ?></summary>
        <code><?= $s($data['link']['uri']) ?></code>
    </details>
</div>
