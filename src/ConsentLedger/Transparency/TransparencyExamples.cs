namespace ConsentLedger.Transparency;

/// <summary>Answers that the API's description shows.</summary>
internal static class TransparencyExamples
{
    // Signed by keys that were made for this and thrown away: whoever tries the formats can verify them.
    // The witness's is witness.example/w1+d7fed253+BHZSpOaVqkGdzYNe8eGcdedYOkg4TW9dtsWQBJlyQMWI.
    public const string Checkpoint = """
        shop.example/consents
        300
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — shop.example/consents TnF/+exXZNYSX4N3jm50MZfmu0xo31GssXXINpoR081ONfEUVfLZaNUZZ/54po+jfYNiEYjmHtvGfSAeN9+5z0HRKQ0=

        """;

    public const string Cosigned = """
        shop.example/consents
        300
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — shop.example/consents TnF/+exXZNYSX4N3jm50MZfmu0xo31GssXXINpoR081ONfEUVfLZaNUZZ/54po+jfYNiEYjmHtvGfSAeN9+5z0HRKQ0=
        — witness.example/w1 1/7SUwAAAABrAjCBfMK1Zqk6xOa8oEyzLu2W0vGrUU3AckerroogGtCi+444sOzzIhTJPRF5m041RpfYW7YafECJ77d0IAUdLLixDA==

        """;

    public const string VerifierKey = "shop.example/consents+4e717ff9+AQkoZTQ+jVe2HcV4UEt/7V7KUiSt6/IK4Mzmj6fYLNYI\n";

    public const string Inclusion = """
        {
          "leafIndex": 41, "treeSize": 300, "leafHash": "9yQ2yq3hB1bGd6m0bJ0Tz1n1p9mYw7Cq0j2xVd3e9pU=",
          "hashes": [ "mWw8v5c0f7A0cF5wJ6n1YkX1sY3hK8sQm5rT2uVwXyY=", "Zk9yQmVhY2hOb2RlSGFzaElzMzJCeXRlc0xvbmcuLi4=" ]
        }
        """;

    public const string Consistency = """
        { "from": 42, "to": 300, "hashes": [ "mWw8v5c0f7A0cF5wJ6n1YkX1sY3hK8sQm5rT2uVwXyY=", "Zk9yQmVhY2hOb2RlSGFzaElzMzJCeXRlc0xvbmcuLi4=" ] }
        """;
}
