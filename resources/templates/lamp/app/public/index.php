<?php
declare(strict_types=1);

try {
    $database = new PDO(
        sprintf('mysql:host=%s;dbname=%s;charset=utf8mb4', getenv('DB_HOST'), getenv('DB_NAME')),
        getenv('DB_USER'),
        getenv('DB_PASSWORD'),
        [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION],
    );
    $database->exec('CREATE TABLE IF NOT EXISTS visits (id INT AUTO_INCREMENT PRIMARY KEY)');
    $database->exec('INSERT INTO visits () VALUES ()');
    $answer = 'The database answers. Visits: ' . $database->query('SELECT COUNT(*) FROM visits')->fetchColumn();
} catch (PDOException $error) {
    error_log($error->getMessage());
    http_response_code(503);
    $answer = 'The database does not answer.';
}
?>
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>It works</title>
  </head>
  <body>
    <h1>PHP <?= PHP_VERSION ?></h1>
    <p><?= htmlspecialchars($answer) ?></p>
  </body>
</html>
