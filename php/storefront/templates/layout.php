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
 * The storefront's frame around a page. Sees `$page`, `$content` and the host as `$this`.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$s = [\local_shopengine\page::class, 'escape'];
$t = fn(string $key, array $params = []): string => $s($page->text($key, $params));
$root = $this->wwwroot();
$shop = $page->data['shop']['name'] ?? $page->text('shop');
$front = "$root/local/shop/front/view.php?view=shop" . (empty($page->data['shop']['id']) ? '' : "&shopid={$page->data['shop']['id']}");
// A page that answers a post is asked for again at its step.
$again = $this->method() === 'GET' ? ($_SERVER['QUERY_STRING'] ?? '') : ($page->data['again'] ?? ($page->data['view'] === '' ? '' : "view={$page->data['view']}"));
$again = implode('&', array_filter(explode('&', $again), fn(string $pair): bool => $pair !== '' && !preg_match('/^(lang|sesskey)=/', $pair)));
$user = $this->user();
?>
<!DOCTYPE html>
<html lang="<?= $s($this->lang()) ?>">
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title><?= $s($page->title()) ?> – <?= $s($shop) ?></title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/styles/storefront.css">
    <link rel="stylesheet" href="/styles/shop.css">
<?php foreach ($page->scripts() as $script) { ?>
    <script src="/scripts/<?= $s($script) ?>" defer></script>
<?php } ?>
</head>
<body<?= $page->is_popup() ? ' class="popup"' : '' ?>>
<a class="skip" href="#main"><?= $t('skip_to_content') ?></a>
<header class="site">
    <a class="brand" href="<?= $s($front) ?>"><?= $s($shop) ?></a>
    <nav class="account" aria-label="<?= $t('account') ?>">
<?php if ($user && $user['siteadmin']) { ?>
        <a href="<?= $s($root) ?>/local/shopengine/home.php"><?= $t('title_home') ?></a>
        <a href="<?= $s($root) ?>/local/shop/bills/view.php"><?= $t('orders') ?></a>
        <a href="<?= $s($root) ?>/local/shopengine/partners.php"><?= $t('partners') ?></a>
        <a href="<?= $s($root) ?>/local/shopengine/products.php"><?= $t('title_products') ?></a>
        <a href="<?= $s($root) ?>/local/shop/front/scantrace.php"><?= $t('trace') ?></a>
<?php } ?>
<?php if ($user) { ?>
        <a href="<?= $s($root) ?>/local/shopengine/myorders.php"><?= $t('title_myorders') ?></a>
        <span class="who"><?= $t('logged_in_as', ['name' => "{$user['firstname']} {$user['lastname']}"]) ?></span>
        <?= $page->form("$root/login/logout.php", []) ?><button><?= $t('logout') ?></button></form>
<?php } else if ($page->name !== 'login') { ?>
        <a href="<?= $s("$root/login/index.php?wantsurl=" . rawurlencode($this->script() . ($again === '' ? '' : "?$again"))) ?>"><?= $t('login') ?></a>
<?php } ?>
    </nav>
    <nav class="languages" aria-label="<?= $t('language') ?>">
<?php foreach (self::LANGUAGES as $code => $name) { ?>
        <a href="<?= $s($this->script() . '?' . ($again === '' ? '' : "$again&") . "lang=$code") ?>" lang="<?= $s($code) ?>" hreflang="<?= $s($code) ?>"<?= $code === $this->lang() ? ' aria-current="true"' : '' ?>><?= $s($name) ?></a>
<?php } ?>
    </nav>
</header>
<main id="main" tabindex="-1">
    <?= $page->steps() ?>
    <h1><?= $s($page->title()) ?></h1>
    <?= $content ?>
</main>
</body>
</html>
