namespace ConsentLedger.Transparency;

/// <summary>Answers that the API's description shows.</summary>
internal static class TransparencyExamples
{
    public const string Checkpoint = """
        shop.example/consents
        300
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — shop.example/consents Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

        """;

    public const string Cosigned = """
        shop.example/consents
        300
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — shop.example/consents Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
        — witness.example/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==

        """;

    public const string VerifierKey = "shop.example/consents+1d7b3a9c+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n";

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
