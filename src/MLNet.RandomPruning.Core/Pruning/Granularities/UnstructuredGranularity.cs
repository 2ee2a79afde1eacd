namespace MLNet.RandomPruning.Pruning.Granularities;

// Each weight is a unit of its own.
internal sealed class UnstructuredGranularity() : TiledGranularity(rows: 1, columns: 1, wholeKernel: false)
{
    public override string Name => "Unstructured";

    internal override string UnitNoun => "weights";
}
