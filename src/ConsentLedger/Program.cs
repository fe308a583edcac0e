using ConsentLedger.Hosting;
using ConsentLedger.Relay;
using ConsentLedger.Storage;

if (Verbs.Find(args) is { } verb)
    return await Verbs.RunAsync(verb, args);

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.UseDefaultAddress();
builder.AddBearerAuthentication();
builder.AddStorage();
builder.AddLedger();
builder.AddWorkers();
builder.AddRelay();
builder.AddHttpApi();
builder.AddTelemetry();

var app = builder.Build();
app.UseHttpApi();
app.PrintDevelopmentTokens();
await app.RunAsync();
return 0;
