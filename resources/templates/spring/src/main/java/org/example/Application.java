package org.example;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Application {
  private final JdbcTemplate database;

  public Application(JdbcTemplate database) {
    this.database = database;
    database.execute("CREATE TABLE IF NOT EXISTS visits (at timestamp NOT NULL DEFAULT now())");
  }

  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
  }

  @GetMapping("/")
  public String visits() {
    database.update("INSERT INTO visits DEFAULT VALUES");
    return "Visits: " + database.queryForObject("SELECT count(*) FROM visits", Long.class) + "\n";
  }
}
