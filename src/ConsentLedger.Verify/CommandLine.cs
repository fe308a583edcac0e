using System.CommandLine;
using System.Text;
using ConsentLedger.TransparencyLog;

namespace ConsentLedger.Verify;

/// <summary>The commands <c>log</c>, <c>receipt</c>, <c>cosign</c> and <c>keygen</c>.</summary>
public static class CommandLine
{
    private const string TokenVariable = "CONSENTLEDGER_TOKEN";
    private const string TlogProofHeader = "c2sp.org/tlog-proof@";
    private const int MaxTokenLength = 64 * 1024;

    private static readonly Argument<string> Url = new("URL") { Description = "The service's base address, such as https://ledger.example" };
    private static readonly Option<string> State = new("--state") { Description = "Folder in which this log's keys, last checkpoint and tiles are kept", Required = true, HelpName = "DIR" };
    private static readonly Option<string[]> Keys = new("--vkey") { Description = "A verifier key of the log that is trusted; any number", HelpName = "KEY" };

    /// <summary>Runs a command.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, TimeProvider time, CancellationToken ct)
    {
        var screen = new Screen(output, error, time, interactive: ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected);
        var parsed = Commands(screen).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var mistake in parsed.Errors)
                screen.Error(mistake.Message);
            error.WriteLine("consentledger-verify --help tells more.");
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false }, ct);
        }
        catch (VerifyException e) when (e.ExitCode == ExitCodes.Tampered)
        {
            screen.Say("failed: " + e.Message);
            return e.ExitCode;
        }
        catch (VerifyException e)
        {
            screen.Error(e.Message);
            return e.ExitCode;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk's: those of the network have become a VerifyException.
            screen.Error(e.Message);
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException)
        {
            screen.Error("interrupted; nothing has changed.");
            return ExitCodes.Unreachable;
        }
    }

    private static RootCommand Commands(Screen screen) => new(
        "Verifies a ConsentLedger from outside. Exit codes: 0 verified, 1 tampered with or inconsistent, 2 wrong usage or an unusable file, 3 not reachable.")
    {
        Log(screen), Receipt(screen), Cosign(screen), KeyGen(screen),
    };

    private static Command Log(Screen screen)
    {
        var witnesses = new Option<string[]>("--witness") { Description = "A witness (C2SP vkey of type 4) who must have cosigned; any number", HelpName = "KEY" };
        var hours = new Option<double>("--witness-age") { Description = "How many hours ago at most", DefaultValueFactory = _ => 24, HelpName = "HOURS" };
        var token = new Option<string>("--token-file") { Description = $"File with a token of scope ledger:read, to read every entry; or the environment variable {TokenVariable}", HelpName = "FILE" };
        var command = new Command("log", "Verifies a log, and that it still extends what was seen of it before") { Url, State, Keys, witnesses, hours, token };
        command.SetAction(async (parsed, ct) =>
        {
            var options = new LogOptions(
                Service(parsed.GetRequiredValue(Url)), LogKeys(parsed), ReadKeys(parsed.GetValue(witnesses), SignatureType.Cosignature), Hours(parsed.GetValue(hours)), Token(parsed.GetValue(token)));
            if (options is { Token: not null, Service: { Scheme: "http", IsLoopback: false } })
                screen.Warn("the token goes over the network unencrypted: the address is not https.");
            using var state = StateFolder.Open(parsed.GetRequiredValue(State));
            using var client = new LogClient(options.Service, options.Token, screen.Time);
            await new LogVerification(options, client, state, screen).RunAsync(ct);
            return ExitCodes.Verified;
        });
        return command;
    }

    private static Command Receipt(Screen screen)
    {
        var file = new Argument<string>("FILE") { Description = "A receipt in JSON, or a C2SP tlog-proof" };
        var leaf = new Option<string>("--leaf") { Description = "The entry's exact bytes, where FILE is a tlog-proof", HelpName = "FILE" };
        var command = new Command("receipt", "Verifies a receipt offline, and says what it proves") { file, Keys, leaf };
        command.SetAction(parsed =>
        {
            var bytes = ReadFile(parsed.GetRequiredValue(file), Verify.Receipt.MaxLength);
            var receipt = new Receipt(LogKeys(parsed), screen);
            if (!bytes.AsSpan().StartsWith(Encoding.ASCII.GetBytes(TlogProofHeader)))
                receipt.VerifyJson(bytes);
            else if (parsed.GetValue(leaf) is { } entry)
                receipt.VerifyProof(Encoding.UTF8.GetString(bytes), ReadFile(entry, Verify.Receipt.MaxLength));
            else
                throw VerifyException.Usage("A tlog-proof proves an entry whose bytes it does not have: give them with --leaf.");
            return ExitCodes.Verified;
        });
        return command;
    }

    private static Command Cosign(Screen screen)
    {
        var file = new Option<string>("--key") { Description = "The witness's private key, made by keygen", Required = true, HelpName = "PEMFILE" };
        var name = new Option<string>("--name") { Description = "The witness's name", Required = true, HelpName = "NAME" };
        var command = new Command("cosign", "Acts as a witness: verifies the log's hashes and cosigns its checkpoint") { Url, State, Keys, file, name };
        command.SetAction(async (parsed, ct) =>
        {
            using var key = Witness.ReadKey(parsed.GetRequiredValue(name), parsed.GetRequiredValue(file));
            var options = new LogOptions(Service(parsed.GetRequiredValue(Url)), LogKeys(parsed), [], default, Token: null);
            using var state = StateFolder.Open(parsed.GetRequiredValue(State));
            using var client = new LogClient(options.Service, token: null, screen.Time);
            await Witness.CosignAsync(await new LogVerification(options, client, state, screen).RunAsync(ct), key, client, screen, ct);
            return ExitCodes.Verified;
        });
        return command;
    }

    private static Command KeyGen(Screen screen)
    {
        var name = new Argument<string>("NAME") { Description = "The witness's name, such as auditor.example/consents" };
        var file = new Argument<string>("FILE") { Description = "Where the private key goes" };
        var command = new Command("keygen", "Makes a witness's key and prints the verifier key that the operator puts into Ledger__Witnesses__0") { name, file };
        command.SetAction(parsed =>
        {
            screen.Say(Witness.NewKey(parsed.GetRequiredValue(name), parsed.GetRequiredValue(file)).ToString());
            return ExitCodes.Verified;
        });
        return command;
    }

    private static Uri Service(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Query.Length == 0 && address.UserInfo.Length == 0
        ? address
        : throw VerifyException.Usage($"'{url}' is not the address of a service, such as https://ledger.example.");

    private static IReadOnlyList<VerifierKey> LogKeys(ParseResult parsed) => ReadKeys(parsed.GetValue(Keys), SignatureType.Ed25519);

    private static IReadOnlyList<VerifierKey> ReadKeys(string[]? texts, SignatureType type) =>
        [.. (texts ?? []).Select(text => VerifierKey.TryParse(text, out var key) && key.Type == type
            ? key
            : throw VerifyException.Usage($"'{text}' is not the verifier key of a {(type == SignatureType.Ed25519 ? "log" : "witness")} (C2SP vkey of type {(int)type})."))];

    private static TimeSpan Hours(double hours) => hours is > 0 and < 1_000_000 ? TimeSpan.FromHours(hours) : throw VerifyException.Usage("--witness-age needs hours.");

    private static string? Token(string? file)
    {
        var token = file is null ? Environment.GetEnvironmentVariable(TokenVariable) : Encoding.UTF8.GetString(ReadFile(file, MaxTokenLength));
        token = token?.Trim();
        if (string.IsNullOrEmpty(token))
            return file is null ? null : throw VerifyException.Usage($"{file} is empty.");
        return token.All(c => c is > ' ' and < (char)127) ? token : throw VerifyException.Usage("The token has characters that no token has.");
    }

    private static byte[] ReadFile(string path, int maxLength) =>
        new FileInfo(path).Length <= maxLength ? File.ReadAllBytes(path) : throw VerifyException.Usage($"{path} is longer than {maxLength} bytes.");
}
