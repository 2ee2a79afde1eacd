using System.Globalization;

namespace MLNet.RandomPruning.Pruning.Granularities;

// Rows neighbouring outputs × columns neighbouring inputs at one position of the kernel are a unit; at the edges, what is left of one.
internal sealed class BlockGranularity(int rows, int columns) : TiledGranularity(rows, columns, wholeKernel: false)
{
    public override string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{rows}x{columns}");

    internal override string UnitNoun => $"weights in whole {Name} blocks";
}
