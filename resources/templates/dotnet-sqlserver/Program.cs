using Microsoft.Data.SqlClient;

var connection = new SqlConnectionStringBuilder
{
    DataSource = "db",
    UserID = "sa",
    Password = Environment.GetEnvironmentVariable("DB_PASSWORD"),
    TrustServerCertificate = true,
}.ConnectionString;

async Task<int> Ask(string sql)
{
    await using var database = new SqlConnection(connection);
    await database.OpenAsync();
    await using var command = new SqlCommand(sql, database);
    return Convert.ToInt32(await command.ExecuteScalarAsync());
}

await Ask("IF OBJECT_ID('visits') IS NULL CREATE TABLE visits (at datetime2 NOT NULL); SELECT 0");

var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/health", () => "ok");
app.MapGet("/", async () =>
    $"Visits: {await Ask("INSERT INTO visits VALUES (SYSUTCDATETIME()); SELECT COUNT(*) FROM visits")}\n");
app.Run();
