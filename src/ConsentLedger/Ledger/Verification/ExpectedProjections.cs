namespace ConsentLedger.Ledger.Verification;

/// <summary>The rows that the entries of a bucket make.</summary>
internal static class ExpectedProjections
{
    public static void Add(ProjectionFold fold, int bucket, RowDigests digests)
    {
        foreach (var (id, state) in fold.States)
        {
            digests.AddState(bucket, id, state.Position, state.ToJson());
            // What an erasure destroyed must be gone, and nothing else may be.
            digests.AddSubject(bucket, id, hasKey: state.ErasedAt is null, hasOwnId: state.ErasedAt is null);
        }

        foreach (var delivery in fold.Deliveries.Values)
            digests.Add(bucket, delivery);
        foreach (var obligation in fold.Obligations.Values)
            digests.Add(bucket, obligation);
        foreach (var request in fold.RightsRequests.Values)
            digests.Add(bucket, request);
        foreach (var position in fold.CatalogEntries)
            digests.AddCatalogEntry(bucket, position);
    }
}
