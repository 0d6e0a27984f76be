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
 * A product's handler for the tests: it notes who produces, and fails as it is told to. It stands in for one of the plugin's, so that no
 * sub-plugin has to be installed.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

require_once($CFG->dirroot . '/local/shop/datahandling/shophandler.class.php');

/**
 * The handler. The file `probe.fault` in the data folder names what happens after the payment: throw, deadlock (the first two times), error, nothing, no text, location, login,
 * wait, exit, redirect, kill; or that it throws `before` the payment, or waits before it (`wait before`).
 */
class shop_handler_std_extendenrolperiod extends shop_handler {
    /**
     * Constructor.
     *
     * @param string $label
     */
    public function __construct($label) {
        parent::__construct($label);
    }

    /**
     * Before the payment.
     *
     * @param object $data
     * @param bool $errorstatus
     * @return stdClass
     */
    public function produce_prepay($data, &$errorstatus) {
        global $CFG;
        $answer = $this->note('prepay', $data);
        switch (@file_get_contents("$CFG->dataroot/probe.fault")) {
            case 'before':
                throw new RuntimeException('the probe is broken');
            case 'wait before':
                $this->wait();
        }
        return $answer;
    }

    /**
     * After the payment.
     *
     * @param object $data
     * @return stdClass|null
     */
    public function produce_postpay(&$data) {
        global $CFG, $DB;
        $answer = $this->note('postpay', $data);
        // Seen by nobody when the handler fails.
        $DB->insert_record('user_preferences', (object) ['userid' => 0, 'name' => "probe_$data->id", 'value' => '1']);
        $to = clone core_user::get_support_user();
        $to->id = -1;
        $to->email = 'probe@example.org';
        email_to_user($to, core_user::get_noreply_user(), "probe $data->transactionid", 'Delivered.');
        echo 'OUTPUT OF THE HANDLER';
        $fault = @file_get_contents("$CFG->dataroot/probe.fault");
        switch ($fault) {
            case 'throw':
                throw new RuntimeException('the probe is broken');
            case 'deadlock':
                if (count(file("$CFG->dataroot/probe.notes")) % 3 !== 0) {
                    throw new dml_write_exception('Deadlock found when trying to get lock; try restarting transaction');
                }
                break;
            case 'error':
                $data->error = true;
                return $answer;
            case 'nothing':
                return null;
            case 'no text':
                throw new RuntimeException("the caf\xe9 is closed");
            case 'location':
                header('Location: /probe.html');
                break;
            case 'login':
                complete_user_login($DB->get_record('user', ['username' => 'jean.dupont']));
                break;
            case 'wait':
                $this->wait();
                break;
            case 'exit':
                exit('OUTPUT OF THE HANDLER');
            case 'redirect':
                redirect(new moodle_url('/probe.html'));
            case 'kill':
                exec('kill -KILL ' . getmypid());
        }
        return $answer;
    }

    /**
     * Waits until the test lets it go on.
     */
    private function wait(): void {
        global $CFG;
        for ($patience = 0; $patience < 300 && !file_exists("$CFG->dataroot/probe.go"); $patience++) {
            usleep(100000);
            clearstatcache();
        }
    }

    /**
     * Notes who produces what, and answers.
     *
     * @param string $phase
     * @param object $data
     * @return stdClass
     */
    private function note(string $phase, $data): stdClass {
        global $CFG, $DB, $USER;
        $note = [
            'transid' => $data->transactionid, 'item' => (int) $data->id, 'phase' => $phase, 'user' => (int) $USER->id, 'loggedin' => isloggedin(),
            'guest' => isguestuser(), 'admin' => is_siteadmin(), 'lang' => current_language(), 'session' => session_status() === PHP_SESSION_ACTIVE,
            'leased' => $DB->count_records('local_shopengine_outbox', ['state' => 'leased']),
        ];
        file_put_contents("$CFG->dataroot/probe.notes", json_encode($note) . "\n", FILE_APPEND);
        return (object) ['public' => "probe $phase", 'private' => "probe $phase", 'salesadmin' => "probe $phase"];
    }
}
