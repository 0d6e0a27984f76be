-- The demo shop. Ids are fixed; each statement may be repeated without effect.
-- Statements end with a semicolon at the end of a line.

CREATE TABLE IF NOT EXISTS user (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, email TEXT NOT NULL, firstname TEXT NOT NULL, lastname TEXT NOT NULL,
    password TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, suspended INTEGER NOT NULL DEFAULT 0, lang TEXT NOT NULL DEFAULT 'en',
    siteadmin INTEGER NOT NULL DEFAULT 0, confirmed INTEGER NOT NULL DEFAULT 1, auth TEXT NOT NULL DEFAULT 'manual'
);

-- Buyers; everybody's password is demo. A guest's account has id 1 on a Moodle, so these start at 2.
INSERT OR IGNORE INTO user (id, username, email, firstname, lastname, password, deleted, suspended, lang, siteadmin) VALUES
    (2, 'admin@example.org', 'admin@example.org', 'Ada', 'Admin', '$2y$10$Z2BQKBOHU2cTa00JzkmaiOIjwJcJ.t7su0fI51nvQCkXLi1EzyZGG', 0, 0, 'fr', 1),
    (3, 'jean.dupont@example.org', 'jean.dupont@example.org', 'Jean', 'Dupont', '$2y$10$Z2BQKBOHU2cTa00JzkmaiOIjwJcJ.t7su0fI51nvQCkXLi1EzyZGG', 0, 0, 'fr', 0),
    (4, 'marie_curie@example.org', 'marie_curie@example.org', 'Marie', 'Curie', '$2y$10$Z2BQKBOHU2cTa00JzkmaiOIjwJcJ.t7su0fI51nvQCkXLi1EzyZGG', 0, 0, 'fr', 0),
    (5, 'sans.adresse@example.org', 'sans.adresse@example.org', 'Sacha', 'Sans-Adresse', '$2y$10$Z2BQKBOHU2cTa00JzkmaiOIjwJcJ.t7su0fI51nvQCkXLi1EzyZGG', 0, 0, 'fr', 0);

-- paymodes: php -r 'echo base64_encode(serialize([array_fill_keys(["test", "freeorder", "check", "transfer", "paypal",
--     "mercanet", "sherlocks", "systempay", "ogone", "taler"], 1)]));'
INSERT OR IGNORE INTO local_shop (id, name, description, descriptionformat, currency, customerorganisationrequired, allowtax, catalogid,
    paymodes, defaultpaymode, navsteps) VALUES
    (1, 'Boutique de démonstration', '', 1, 'EUR', 0, 1, 1,
    'YToxOntpOjA7YToxMDp7czo0OiJ0ZXN0IjtpOjE7czo5OiJmcmVlb3JkZXIiO2k6MTtzOjU6ImNoZWNrIjtpOjE7czo4OiJ0cmFuc2ZlciI7aToxO3M6NjoicGF5cGFsIjtpOjE7czo4OiJtZXJjYW5ldCI7aToxO3M6OToic2hlcmxvY2tzIjtpOjE7czo5OiJzeXN0ZW1wYXkiO2k6MTtzOjU6Im9nb25lIjtpOjE7czo1OiJ0YWxlciI7aToxO319',
    'test', 'shop,purchaserequ,users,customer,order,payment,produce,invoice');

INSERT OR IGNORE INTO local_shop_tax (id, country, title, ratio, formula) VALUES
    (1, 'FR', 'TVA 20 %', '20', '$ttc = $ht * (1 + ($tr / 100))'),
    (2, 'FR', 'TVA 5,5 %', '5.5', '$ttc = $ht * (1 + ($tr / 100))');

INSERT OR IGNORE INTO local_shop_catalog (id, name, description, descriptionformat, salesconditions, salesconditionsformat, billfooter) VALUES
    (1, 'Catalogue de démonstration', '', 1, '', 1,
    '<p>Boutique de démonstration, SAS au capital de 1 000 €.</p><p>Pas d''escompte pour paiement anticipé.</p>');

INSERT OR IGNORE INTO local_shop_catalogcategory (id, catalogid, parentid, name, description, descriptionformat, sortorder, visible) VALUES
    (1, 1, 0, 'Tous les produits', '', 1, 1, 1);

INSERT OR IGNORE INTO local_shop_catalogitem (id, catalogid, userid, categoryid, code, shortname, name, idnumber, description, descriptionformat,
    range1, price1, range2, price2, range3, price3, taxcode, stock, sold, status, onlyforloggedin, quantaddressesusers, requireddata) VALUES
    (1, 1, 0, 1, 'MONPRODUIT', 'monproduit', 'MonProduit', 'MONPRODUIT',
        'Notre article le plus simple : ajoutez, payez, c''est à vous.', 1,
        0, '19.990', 0, '0.000', 0, '0.000', '1', 100000, 0, 'AVAILABLE', 0, 0, ''),
    (2, 1, 0, 1, 'LIVRE', 'livre', 'Livre', 'LIVRE',
        'Un livre de poche, moins cher par quantité.', 1,
        5, '10.000', 10, '9.000', 0, '8.000', '2', 100000, 0, 'AVAILABLE', 0, 0, ''),
    (3, 1, 0, 1, 'ATTESTATION', 'attestation', 'Attestation', 'ATTESTATION',
        'Une attestation établie au nom de la personne que vous indiquez.', 1,
        0, '30.000', 0, '0.000', 0, '0.000', '1', 100000, 0, 'AVAILABLE', 0, 0,
        json_array(json_object('field', 'nom', 'label', 'Nom du bénéficiaire', 'displayname', 'Nom du bénéficiaire', 'type', 'textfield',
            'desc', 'Le nom tel qu''il doit figurer sur l''attestation.'))),
    (4, 1, 0, 1, 'SESSION', 'session', 'Session', 'SESSION',
        'Une journée de formation. Chaque unité est une place à attribuer.', 1,
        0, '120.000', 0, '0.000', 0, '0.000', '1', 100000, 0, 'AVAILABLE', 0, 2, ''),
    (5, 1, 0, 1, 'EBOOK', 'ebook', 'EBook', 'EBOOK',
        'Un livre numérique, à lire dès le paiement.', 1,
        0, '8.000', 0, '0.000', 0, '0.000', '2', 100000, 0, 'AVAILABLE', 0, 0, ''),
    (6, 1, 0, 1, 'OFFERT', 'offert', 'Offert', 'OFFERT',
        'Un livret offert par la maison.', 1,
        0, '0.000', 0, '0.000', 0, '0.000', '', 100000, 0, 'AVAILABLE', 0, 0, ''),
    (7, 1, 0, 1, 'BROUILLON', 'brouillon', 'Brouillon', 'BROUILLON',
        'Un article en préparation.', 1,
        0, '5.000', 0, '0.000', 0, '0.000', '1', 100000, 0, 'PREVIEW', 0, 0, ''),
    (8, 1, 0, 1, 'MEMBRE', 'membre', 'Membre', 'MEMBRE',
        'Un article réservé aux acheteurs inscrits.', 1,
        0, '5.000', 0, '0.000', 0, '0.000', '1', 100000, 0, 'AVAILABLE', 1, 0, '');

-- ATELIERS is a set: its two elements are bought one by one. COFFRET is a bundle: bought as a whole, at its own price and tax.
INSERT OR IGNORE INTO local_shop_catalogitem (id, catalogid, userid, categoryid, code, shortname, name, idnumber, description, descriptionformat,
    range1, price1, range2, price2, taxcode, stock, sold, status, maxdeliveryquant, isset, setid) VALUES
    (9, 1, 0, 1, 'ATELIERS', 'ateliers', 'Ateliers', 'ATELIERS',
        'Deux ateliers, à suivre l''un sans l''autre.', 1,
        0, '0.000', 0, '0.000', '', 0, 0, 'AVAILABLE', 0, '1', 0),
    (10, 1, 0, 1, 'ATELIER-MATIN', 'ateliermatin', 'Atelier du matin', 'ATELIER-MATIN',
        'De neuf heures à midi.', 1,
        3, '24.990', 0, '19.990', '1', 100000, 0, 'AVAILABLE', 0, '0', 9),
    (11, 1, 0, 1, 'ATELIER-SOIR', 'ateliersoir', 'Atelier du soir', 'ATELIER-SOIR',
        'De six heures à neuf heures.', 1,
        0, '29.990', 0, '0.000', '2', 100000, 0, 'AVAILABLE', 2, '0', 9),
    (12, 1, 0, 1, 'COFFRET', 'coffret', 'Coffret', 'COFFRET',
        'Un livre et un carnet, ensemble.', 1,
        0, '14.990', 0, '0.000', '1', 100000, 0, 'AVAILABLE', 0, '2', 0),
    (13, 1, 0, 1, 'COFFRET-LIVRE', 'coffretlivre', 'Livre relié', 'COFFRET-LIVRE',
        '', 1,
        0, '10.000', 0, '0.000', '2', 0, 0, 'AVAILABLE', 0, '0', 12),
    (14, 1, 0, 1, 'COFFRET-CARNET', 'coffretcarnet', 'Carnet', 'COFFRET-CARNET',
        '', 1,
        0, '6.500', 0, '0.000', '1', 0, 0, 'AVAILABLE', 0, '0', 12);

INSERT OR IGNORE INTO local_shopengine_item (catalogitemid, fulfillmenturl, fulfillmentmessage) VALUES
    (5, 'https://lecture.example/ebook', 'Bonne lecture !');

INSERT OR IGNORE INTO local_shop_partner (id, shopid, name, partnerkey, referer, partnersecret, customerid, moodleuser, enabled) VALUES
    (1, 1, 'Académie partenaire', 'ACADEMIE', 'https://partenaire.example/', 'demo-secret', 0, 0, 1),
    (2, 1, 'Partenaire suspendu', 'SUSPENDU', 'https://suspendu.example/', 'demo-secret', 0, 0, 0),
    (3, 1, 'Partenaire de confiance', 'CONFIANCE', '', 'confiance-secret', 0, 0, 1);

-- ACADEMIE: the documented scheme (key, HTTPS, Referer), confirmed by the seller. CONFIANCE: signed links only.
INSERT OR IGNORE INTO local_shopengine_partner (partnerid, authenticates, signature, unsignedlinks, excluded, timemodified) VALUES
    (1, 1, 0, 1, '', 1735689600000),
    (2, 1, 0, 1, '', 1735689600000),
    (3, 1, 1, 0, '', 1735689600000);

INSERT OR IGNORE INTO local_shop_customer (id, shopid, firstname, lastname, address, zip, email, city, country, organisation, hasaccount, timecreated) VALUES
    (1, 1, 'Jean', 'Dupont', '12 rue des Lilas', '75011', 'jean.dupont@example.org', 'Paris', 'FR', '', 3, 1735689600),
    (2, 1, 'Marie', 'Curie', '36 quai de Béthune', '75004', 'marie_curie@example.org', 'Paris', 'FR', 'Institut du Radium', 4, 1735689600);

-- The account number is the example of the IBAN registry: nobody's.
INSERT OR IGNORE INTO config_plugins (plugin, name, value) VALUES
    ('local_shop', 'test', '1'),
    ('local_shop', 'defaultcurrency', 'EUR'),
    ('local_shop', 'sellername', 'Boutique de démonstration'),
    ('local_shop', 'selleraddress', '1 place du Marché'),
    ('local_shop', 'sellerzip', '69002'),
    ('local_shop', 'sellercity', 'Lyon'),
    ('local_shop', 'sellercountry', 'FR'),
    ('local_shop', 'sellermail', 'vendeur@example.org'),
    ('local_shop', 'sellerphonesupport', '01 23 45 67 89'),
    ('local_shop', 'sellerbillingaddress', '1 place du Marché'),
    ('local_shop', 'sellerbillingzip', '69002'),
    ('local_shop', 'sellerbillingcity', 'Lyon'),
    ('local_shop', 'sellerbillingcountry', 'FR'),
    ('local_shop', 'banking', 'Banque de démonstration'),
    ('local_shop', 'bankcode', '20041'),
    ('local_shop', 'bankoffice', '01005'),
    ('local_shop', 'bankaccount', '0500013M026'),
    ('local_shop', 'bankaccountkey', '06'),
    ('local_shop', 'iban', 'FR1420041010050500013M02606'),
    ('local_shop', 'bic', 'PSSTFRPPXXX'),
    ('local_shop', 'tvaeurope', 'FR00000000000'),
    ('local_shop', 'sellerID', 'RCS Lyon 000 000 000'),
    ('local_shop', 'sellerlogo', '/logo.svg'),
    ('local_shopengine', 'limitimportclient', '0'),
    ('local_shopengine', 'limitcustomerclient', '0'),
    ('local_shopengine', 'limitplacementclient', '0'),
    ('local_shopengine', 'mailsperhour', '0'),
    ('core', 'sslproxy', '0');

-- Last: its presence says that the data set is complete.
INSERT OR IGNORE INTO config_plugins (plugin, name, value) VALUES ('local_shopengine', 'demo', '1');
