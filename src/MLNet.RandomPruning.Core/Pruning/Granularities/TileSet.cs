using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>
/// Units that tile a rectangle of a layer's outputs × inputs plane: each is Rows outputs × Columns inputs at one position of the
/// kernel, or at all positions together. Units are counted tile row by tile row, and by kernel positions within a tile; tiles of
/// one output and one input at one position are the weights themselves in row-major order.
/// </summary>
internal sealed record TileSet : UnitSet
{
    private readonly int _firstOutput, _firstInput, _rows, _columns, _tilesAcross, _inputs, _positions;
    private readonly bool _wholeKernel;

    private TileSet(
        string name, int layerIndex, WeightLayer layer, (int First, int Tiles, int Length) outputs, (int First, int Tiles, int Length) inputs, bool wholeKernel, int positions)
        : base(name, [layerIndex], outputs.Tiles * inputs.Tiles * (wholeKernel ? 1 : positions), outputs.Length * inputs.Length * (wholeKernel ? positions : 1))
    {
        Layer = layer;
        _wholeKernel = wholeKernel;
        _positions = positions;
        _inputs = layer.WeightShape[1];
        (_firstOutput, _rows) = (outputs.First, outputs.Length);
        (_firstInput, _tilesAcross, _columns) = (inputs.First, inputs.Tiles, inputs.Length);
    }

    /// <summary>The layer that the units belong to.</summary>
    public WeightLayer Layer { get; }

    /// <summary>Tiles a layer; where outputs or inputs leave a rest, the tiles there are smaller and form sets of their own.</summary>
    public static IEnumerable<TileSet> Of(WeightLayer layer, int layerIndex, int rows, int columns, bool wholeKernel)
    {
        int positions = layer.WeightShape.Skip(2).Aggregate(1, (product, length) => product * length);
        foreach (var outputs in Cut(layer.WeightShape[0], rows))
        {
            foreach (var inputs in Cut(layer.WeightShape[1], columns))
            {
                bool isWhole = outputs.Length == rows && inputs.Length == columns;
                string name = isWhole ? layer.Name : $"{layer.Name}[{outputs.Length}x{inputs.Length}]";
                yield return new TileSet(name, layerIndex, layer, outputs, inputs, wholeKernel, positions);
            }
        }
    }

    /// <summary>The unit of a weight by its row-major index; −1 when the weight lies outside the rectangle.</summary>
    public int UnitOf(int weight)
    {
        int position = weight % _positions;
        int plane = weight / _positions;
        int output = plane / _inputs - _firstOutput, input = plane % _inputs - _firstInput;
        if (output < 0 || input < 0 || input >= _tilesAcross * _columns)
        {
            return -1;
        }

        int tile = output / _rows * _tilesAcross + input / _columns;
        int unit = _wholeKernel ? tile : tile * _positions + position;
        return unit < Count ? unit : -1;
    }

    /// <summary>Adds the row-major indices of a unit's weights to a set of weights.</summary>
    public void AddWeights(int unit, Span<ulong> weights)
    {
        int tile = _wholeKernel ? unit : unit / _positions;
        int firstPosition = _wholeKernel ? 0 : unit % _positions;
        int positions = _wholeKernel ? _positions : 1;
        int firstOutput = _firstOutput + tile / _tilesAcross * _rows, firstInput = _firstInput + tile % _tilesAcross * _columns;
        for (int output = firstOutput; output < firstOutput + _rows; output++)
        {
            for (int input = firstInput; input < firstInput + _columns; input++)
            {
                int weight = (output * _inputs + input) * _positions + firstPosition;
                for (int position = 0; position < positions; position++)
                {
                    BitSets.Add(weights, weight + position);
                }
            }
        }
    }

    // A length cut into equal parts, and the rest.
    private static IEnumerable<(int First, int Tiles, int Length)> Cut(int length, int part)
    {
        if (length >= part)
        {
            yield return (0, length / part, part);
        }

        if (length % part != 0)
        {
            yield return (length - length % part, 1, length % part);
        }
    }
}
