--TEST--
Settings of payment interfaces: asked for, judged one by one, looked over together
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Paymode;

foreach (Paymode::settings('ogone') as $setting) {
    echo $setting['key'], ' ', $setting['kind'], ' ', var_export($setting['default'], true), ' ', implode('|', $setting['choices']), "\n";
}
var_dump(Paymode::problem('systempay', 'systempay_merchant_id', '12'));
var_dump(Paymode::problem('systempay', 'systempay_merchant_id', '12345678'));
var_dump(Paymode::problem('systempay', 'paypalsellername', 'x'));
foreach (Paymode::check('mercanet', ['test' => '1', 'mercanet_merchant_id' => '2']) as $finding) {
    echo $finding['code'], ' ', $finding['setting'], ' ', var_export($finding['blocks'], true), "\n";
}
$good = ['test' => '1', 'mercanet_merchant_id' => '201040040170001', 'mercanet_secret_key' => 'secret', 'mercanet_key_version' => '1'];
echo implode(' ', array_column(Paymode::check('mercanet', $good), 'code')), "\n";
try {
    Paymode::settings('nobody');
} catch (ShopEngine\Exception\GatewayException $error) {
    echo $error->errorcode, "\n";
}
?>
--EXPECT--
ogone_psid text '' 
ogone_secret_in secret '' 
ogone_secret_out secret '' 
ogone_algorithm choice 'sha512' sha512|sha256|sha1
ogone_charset choice 'utf-8' utf-8|iso-8859-1
ogone_operation choice 'SAL' SAL|RES
ogone_authorised_is choice 'pending' pending|paid
ogone_service_url url '' 
string(20) "setting_site_id_form"
NULL
NULL
setting_sips_merchant_form mercanet_merchant_id true
setting_missing mercanet_secret_key true
setting_missing mercanet_key_version true
configuration_looks_right signature_test_passes notification_not_proven
paymode_unknown
