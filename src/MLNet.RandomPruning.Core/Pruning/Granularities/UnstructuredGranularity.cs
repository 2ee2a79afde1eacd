namespace MLNet.RandomPruning.Pruning.Granularities;

// Each weight is a unit of its own.
internal sealed class UnstructuredGranularity : MaskGranularity
{
    public override string Name => "Unstructured";
}
