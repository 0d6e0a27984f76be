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

namespace local_shopengine;

/**
 * Emails that wait for a commit. While a transaction is open Moodle's mailer hands its emails to this connection, which keeps them;
 * they are sent after the commit, or dropped with the transaction.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class held_emails extends \PHPMailer\PHPMailer\SMTP {
    /** @var \moodle_phpmailer[] emails as they were ready to be sent */
    private array $held = [];

    /** @var \moodle_phpmailer Moodle's mailer */
    private \moodle_phpmailer $mailer;

    /** @var string how this site sends emails */
    private string $transport;

    /** @var mixed the site's limit of emails for one connection */
    private mixed $bulk;

    /**
     * Holds emails back from now on.
     *
     * @return self
     */
    public static function begin(): self {
        global $CFG;
        $emails = new self();
        get_mailer('close');
        $emails->mailer = get_mailer();
        $emails->transport = $emails->mailer->Mailer;
        $emails->bulk = $CFG->smtpmaxbulk;
        // Moodle uses one mailer again for as long as its connection is SMTP and the limit is not reached.
        $CFG->smtpmaxbulk = PHP_INT_MAX;
        $emails->mailer->isSMTP();
        $emails->mailer->setSMTPInstance($emails);
        return $emails;
    }

    /**
     * Ends holding back, and drops what was held.
     */
    public function drop(): void {
        global $CFG;
        $CFG->smtpmaxbulk = $this->bulk;
        $this->held = [];
        get_mailer('close');
    }

    /**
     * Ends holding back, and sends what was held. An email that cannot be sent undoes nothing; the log names it. One that the
     * engine does not let go to its address is dropped.
     *
     * @param string $transid whose order they are about
     * @return string[] addresses whose email the mailer has taken, in lower case
     */
    public function send(string $transid): array {
        $held = $this->held;
        $told = [];
        $this->drop();
        foreach ($held as $email) {
            try {
                if (!self::may_go($transid, $email)) {
                    continue;
                }
            } catch (\Throwable $error) {
                // Whether it may go is not known: it does not.
                (new moodle_host())->log($error);
                continue;
            }
            $email->Mailer = $this->transport;
            $email->SMTPKeepAlive = false;
            $email->setSMTPInstance(new \PHPMailer\PHPMailer\SMTP());
            if ($email->send()) {
                array_push($told, ...array_map(\core_text::strtolower(...), array_column($email->getToAddresses(), 0)));
            } else {
                (new moodle_host())->log(new \RuntimeException("email `$email->Subject` not sent: $email->ErrorInfo"));
            }
        }
        return $told;
    }

    /**
     * Lets the engine decide whether an email may go to all its addresses.
     *
     * @param string $transid
     * @param \moodle_phpmailer $email
     * @return bool
     */
    private static function may_go(string $transid, \moodle_phpmailer $email): bool {
        $engine = (new moodle_host())->engine();
        foreach (array_keys($email->getAllRecipientAddresses()) as $address) {
            if (!$engine->mayEmail($transid, (string) $address)) {
                return false;
            }
        }
        return true;
    }

    #[\Override]
    public function connected() {
        return true;
    }

    #[\Override]
    public function mail($from) {
        return true;
    }

    #[\Override]
    public function recipient($address, $dsn = '') {
        return true;
    }

    #[\Override]
    public function data($msgdata) {
        $this->held[] = clone $this->mailer;
        return true;
    }

    #[\Override]
    public function reset() {
        return true;
    }

    #[\Override]
    public function quit($closeonerror = true) {
        return true;
    }

    #[\Override]
    public function close() {
    }
}
