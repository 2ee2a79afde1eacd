using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The sum of a tiled plane's pixels in the order of <see cref="SparseKernels.Sum"/> on the padded plane of a block: four sums,
/// over every fourth pixel; those behind the last whole four go to the first. Border pixels are zero and are left out.
/// </summary>
internal sealed unsafe class PoolOrder
{
    private const int Sums = 4;

    private readonly PinnedArray<int>[] _places;

    public PoolOrder(ImageTiling tiling, ActivationNode activation)
    {
        var image = activation.Padded;
        var tiles = tiling.Tiles[activation.Index];
        int pitch = image.Shape.Width + 2 * image.Halo, whole = (image.Shape.Height + 2 * image.Halo) * pitch / Sums * Sums;
        var places = new List<int>[Sums];
        for (int sum = 0; sum < Sums; sum++)
        {
            places[sum] = [];
        }

        for (int row = 0; row < image.Shape.Height; row++)
        {
            for (int column = 0; column < image.Shape.Width; column++)
            {
                int pixel = (row + image.Halo) * pitch + column + image.Halo;
                int tile = row / tiles.Shape.Height * tiling.Columns + column / tiles.Shape.Width;
                places[pixel < whole ? pixel % Sums : 0].Add(
                    tiles.Origin + row % tiles.Shape.Height * tiles.RowFloats + column % tiles.Shape.Width * SparseKernels.Lanes + tile);
            }
        }

        _places = new PinnedArray<int>[Sums];
        for (int sum = 0; sum < Sums; sum++)
        {
            _places[sum] = new PinnedArray<int>(places[sum].Count);
            places[sum].CopyTo(_places[sum].Array);
        }
    }

    /// <summary>Σ of one plane's pixels.</summary>
    public float Sum(float* plane)
    {
        int* p0 = _places[0].Pointer, p1 = _places[1].Pointer, p2 = _places[2].Pointer, p3 = _places[3].Pointer;
        int n0 = _places[0].Array.Length, n1 = _places[1].Array.Length, n2 = _places[2].Array.Length, n3 = _places[3].Array.Length;
        int common = Math.Min(Math.Min(n0, n1), Math.Min(n2, n3));
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (int i = 0; i < common; i++)
        {
            s0 += plane[p0[i]];
            s1 += plane[p1[i]];
            s2 += plane[p2[i]];
            s3 += plane[p3[i]];
        }

        for (int i = common; i < n0; i++)
        {
            s0 += plane[p0[i]];
        }

        for (int i = common; i < n1; i++)
        {
            s1 += plane[p1[i]];
        }

        for (int i = common; i < n2; i++)
        {
            s2 += plane[p2[i]];
        }

        for (int i = common; i < n3; i++)
        {
            s3 += plane[p3[i]];
        }

        return (s0 + s1) + (s2 + s3);
    }
}
