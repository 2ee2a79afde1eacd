using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// One image cut into a grid of 16 tiles, which stand where the 16 images of a block stand: value [channel][y][x][tile] of a
/// plane is pixel (tile row · R + y, tile column · C + x) of the image, for tiles of R rows and C columns. All activations
/// have the same grid, and where a convolution of stride s halves or keeps the image it halves or keeps the tiles, so the
/// kernels for blocks compute one image as they compute sixteen; what they need besides is the neighbours' border around
/// each tile (<see cref="TileBorders"/>). Every load is a whole, aligned vector; with rows of pixels side by side, two of
/// three taps of a 3×3 kernel would load across cache lines, at half the speed.
/// </summary>
internal sealed class ImageTiling
{
    private ImageTiling(int rows, int columns, PaddedShape[] tiles)
    {
        Rows = rows;
        Columns = columns;
        Tiles = tiles;
    }

    /// <summary>The rows of the grid.</summary>
    public int Rows { get; }

    /// <summary>The columns of the grid; rows × columns is 16.</summary>
    public int Columns { get; }

    /// <summary>[activation]: the layout of its tiles, which hold the image and, when it does not divide well, more.</summary>
    public PaddedShape[] Tiles { get; }

    /// <summary>The grid that costs least; null when the network's layers do not let the image be cut up.</summary>
    public static ImageTiling? TryMake(SparsePlan plan)
    {
        var factors = Factors(plan);
        if (factors is null)
        {
            return null;
        }

        ImageTiling? best = null;
        double lowest = double.PositiveInfinity;
        for (int rows = 1; rows <= SparseKernels.Lanes; rows *= 2)
        {
            var tiling = TryMake(plan, factors, rows, SparseKernels.Lanes / rows);
            if (tiling is not null && tiling.Cost() is var cost && cost < lowest)
            {
                (best, lowest) = (tiling, cost);
            }
        }

        return best;
    }

    /// <summary>Where a tile's pixel is in the image.</summary>
    public (int Row, int Column) PixelOf(int activation, int tile, int row, int column)
    {
        var shape = Tiles[activation].Shape;
        return (tile / Columns * shape.Height + row, tile % Columns * shape.Width + column);
    }

    private static ImageTiling? TryMake(SparsePlan plan, int[] factors, int rows, int columns)
    {
        var last = plan.Activations[^1].Shape;
        int tileRows = (last.Height + rows - 1) / rows, tileColumns = (last.Width + columns - 1) / columns;
        var tiles = new PaddedShape[factors.Length];
        foreach (var activation in plan.Activations)
        {
            int factor = factors[activation.Index];
            var shape = new ImageShape(activation.Shape.Channels, tileRows * factor, tileColumns * factor);
            if (shape.Height * rows < activation.Shape.Height || shape.Width * columns < activation.Shape.Width
                || shape.Height < activation.Halo || shape.Width < activation.Halo)
            {
                return null;
            }

            tiles[activation.Index] = new PaddedShape(shape, activation.Halo);
        }

        return new ImageTiling(rows, columns, tiles);
    }

    /// <summary>[activation]: how many of its pixels lie between neighbouring pixels of the last one; null when that is not one number.</summary>
    private static int[]? Factors(SparsePlan plan)
    {
        var factors = new int[plan.Activations.Length];
        factors[^1] = 1;
        for (int index = plan.Activations.Length - 1; index >= 0; index--)
        {
            var activation = plan.Activations[index];
            var uses = activation.Readers.Select(reader => factors[reader.Output.Index] * reader.Layer.Stride)
                .Concat(activation.ResidualUsers.Select(user => factors[user.Index])).Distinct().ToArray();
            if (uses.Length > 1 || activation.Readers.Any(reader => reader.Layer.KernelSize - reader.Layer.Padding > activation.Halo + reader.Layer.Stride))
            {
                return null;
            }

            factors[index] = uses is [var factor] ? factor : factors[index];
        }

        return factors.Contains(0) ? null : factors;
    }

    // Kernels work on 8 columns at once, else on 4, else one by one; a border pixel costs about as much as a tap or two.
    private double Cost()
    {
        double cost = 0;
        foreach (var tile in Tiles)
        {
            int columns = tile.Shape.Width;
            double perRow = columns / 8 * 8 + (columns % 8 >= 4 ? 4 * 1.2 : 0) + columns % 4 * 2.5;
            int border = (tile.PlaneFloats / SparseKernels.Lanes) - tile.Shape.PlaneSize;
            cost += tile.Shape.Channels * (tile.Shape.Height * perRow + 0.15 * border);
        }

        return cost;
    }
}
