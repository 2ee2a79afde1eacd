namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>All granularities by name. A new one is a class of its own and a line here.</summary>
internal static class MaskGranularityRegistry
{
    public static MaskGranularity Find(string name) =>
        string.Equals(name.Trim(), MaskGranularity.Unstructured.Name, StringComparison.OrdinalIgnoreCase)
            ? MaskGranularity.Unstructured
            : throw new ArgumentException($"'{name}' is not a known mask granularity.", nameof(name));
}
