namespace ConsentLedger.Verify;

/// <summary>How a run ends; scripts rely on it.</summary>
public static class ExitCodes
{
    /// <summary>Everything that was asked for holds.</summary>
    public const int Verified = 0;

    /// <summary>Something does not hold: changed, missing, inconsistent, or signed by somebody else.</summary>
    public const int Tampered = 1;

    /// <summary>Wrong arguments, or a file or folder of the auditor's own that cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>The service could not be reached or answered with an error: nothing is known.</summary>
    public const int Unreachable = 3;
}

/// <summary>A failure that is expected, with the words for it and the exit code.</summary>
internal sealed class VerifyException : Exception
{
    private VerifyException(int exitCode, string message)
        : base(message) => ExitCode = exitCode;

    public int ExitCode { get; }

    /// <summary>An entry that was served but is not what was signed.</summary>
    public byte[]? Entry { get; private init; }

    public static VerifyException Tampered(string message, byte[]? entry = null) => new(ExitCodes.Tampered, message) { Entry = entry };

    public static VerifyException Usage(string message) => new(ExitCodes.Usage, message);

    public static VerifyException Unreachable(string message) => new(ExitCodes.Unreachable, message);
}
