--TEST--
The card sub-plugins fit the plugin's base class up to 4.1, which takes bill, cart and settings by reference
--EXTENSIONS--
shopengine
--FILE--
<?php
require(__DIR__ . '/paymode.inc');
$CFG = moodle_with('<?php
abstract class shop_paymode {
    protected $name;
    protected $theshop;
    public $enabled;
    public function __construct($name, &$shop, $enabled = true, $override = false) { $this->name = $name; $this->theshop = $shop; }
    public function is_instant_payment() { return false; }
    public abstract function print_payment_portlet(&$shoppingcart);
    public abstract function print_invoice_info(&$billdata = null);
    public abstract function print_complete();
    public abstract function process();
    public abstract function process_ipn();
    public abstract function settings(&$settings);
}');
$shop = null;
foreach (['mercanet', 'ogone', 'sherlocks', 'systempay'] as $name) {
    require_once("$CFG->dirroot/local/shop/paymodes/$name/$name.class.php");
    $class = "shop_paymode_$name";
    $paymode = new $class($shop);
    $paymode->print_invoice_info();
    echo "\n";
    var_dump($paymode->process(), $paymode->process_ipn());
}
$page = new settings_page();
$paymode->settings($page);
var_dump($page->settings[1]->validate('12'), $page->settings[1]->validate('12345678'));
?>
--EXPECT--
Paid by card through Mercanet (BNP Paribas).
NULL
NULL
Paid by card through Ogone.
NULL
NULL
Paid by card through Sherlock’s (LCL).
NULL
NULL
Paid by card through SystemPay.
NULL
NULL
admin_setting_heading local_shop/systempay : SystemPay: settings
local_shopengine\setting_text local_shop/systempay_merchant_id : Shop number
local_shopengine\setting_secret local_shop/systempay_test_certificate : Test key
local_shopengine\setting_secret local_shop/systempay_prod_certificate : Production key
admin_setting_configselect local_shop/systempay_algorithm : Signature algorithm
admin_setting_configselect local_shop/systempay_platform : Platform
local_shopengine\setting_text local_shop/systempay_service_url : Address of the payment page
string(27) "A shop number has 8 digits."
bool(true)
