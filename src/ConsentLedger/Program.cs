var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
app.MapGet("/e", () => app.Environment.EnvironmentName + " " + Directory.GetCurrentDirectory() + " " + app.Environment.ContentRootPath);
app.Run();
