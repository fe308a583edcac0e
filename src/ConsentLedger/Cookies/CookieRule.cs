namespace ConsentLedger.Cookies;

/// <summary>쿠키 저장에 대한 판단 / whether a cookie may be stored.</summary>
public enum CookieOutcome
{
    /// <summary>허용 / it may be stored.</summary>
    Permit,

    /// <summary>거부 / it may not be stored.</summary>
    Deny,

    /// <summary>방문자에게 확인 / ask the visitor first.</summary>
    Ask,
}

/// <summary>May a cookie be stored for this purpose? Pure.</summary>
public static class CookieRule
{
    // Policy, cookies: allow all, confirm each time one is stored, refuse all. The word on the purpose itself goes before the general one.
    public static CookieOutcome Decide(CookieState? cookies, string purpose)
    {
        foreach (var choice in cookies?.Choices ?? [])
        {
            if (choice.Purpose == purpose)
                return choice.Granted ? CookieOutcome.Permit : CookieOutcome.Deny;
        }

        return cookies?.Choice switch
        {
            CookieChoice.AllowAll => CookieOutcome.Permit,
            CookieChoice.RefuseAll => CookieOutcome.Deny,
            // Silence is no choice: nothing is stored without asking.
            _ => CookieOutcome.Ask,
        };
    }
}
