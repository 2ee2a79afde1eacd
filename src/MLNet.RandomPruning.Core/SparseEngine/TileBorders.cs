using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Brings a tiled plane into order after it has been written: pixels outside the image become zero again, and each tile gets
/// its neighbours' pixels around it. In a pixel's 16 tiles the neighbour is a fixed number of places away, so a border pixel of
/// all tiles is one shifted vector, with zeros where the image ends.
/// </summary>
internal sealed unsafe class TileBorders
{
    private readonly Pass[] _outside, _borders;
    private readonly int _planeFloats;

    /// <summary>The borders of one activation's planes.</summary>
    /// <param name="tiling">How the image is cut.</param>
    /// <param name="activation">The activation's index.</param>
    /// <param name="image">The activation's shape.</param>
    public TileBorders(ImageTiling tiling, int activation, ImageShape image)
    {
        var tiles = tiling.Tiles[activation];
        _planeFloats = tiles.PlaneFloats;
        _outside = OutsideOf(tiling, activation, image);
        _borders = BordersOf(tiling, tiles);
    }

    /// <summary>Puts some planes in order.</summary>
    /// <param name="planes">The first plane.</param>
    /// <param name="count">How many planes.</param>
    public void Update(float* planes, int count)
    {
        foreach (var pass in _outside)
        {
            Move(planes, count, pass);
        }

        foreach (var pass in _borders)
        {
            Move(planes, count, pass);
        }
    }

    // The planes are the inner loop: it is the longer one, and has no table to look into.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Move(float* planes, int count, in Pass pass)
    {
        nint plane = _planeFloats;
        var mask = Vector512.Load(pass.Mask.Pointer).AsSingle();
        var neighbours = (Vector512<int>.Indices + Vector512.Create(pass.Shift)) & Vector512.Create(SparseKernels.Lanes - 1);
        for (int i = 0; i < pass.Targets.Array.Length; i++)
        {
            float* source = planes + pass.Sources.Pointer[i], target = planes + pass.Targets.Pointer[i];
            for (int left = count; left > 0; left--, source += plane, target += plane)
            {
                // A shifted load gives the same where the mask lets it through, but reads across cache lines.
                var shifted = Avx512F.IsSupported ? Avx512F.PermuteVar16x32(Vector512.Load(source), neighbours) : Vector512.Load(source + pass.Shift);
                Vector512.Store(shifted & mask, target);
            }
        }
    }

    // Pixels at which some tiles stick out of the image, by which tiles do.
    private static Pass[] OutsideOf(ImageTiling tiling, int activation, ImageShape image)
    {
        var tiles = tiling.Tiles[activation];
        var byMask = new Dictionary<int, List<int>>();
        for (int row = 0; row < tiles.Shape.Height; row++)
        {
            for (int column = 0; column < tiles.Shape.Width; column++)
            {
                int inside = TilesWhere(tile => tiling.PixelOf(activation, tile, row, column) is var at && at.Row < image.Height && at.Column < image.Width);
                if (inside != AllTiles)
                {
                    if (!byMask.TryGetValue(inside, out var places))
                    {
                        byMask.Add(inside, places = []);
                    }

                    places.Add(Place(tiles, row, column));
                }
            }
        }

        return [.. byMask.Select(entry => new Pass(entry.Key, 0, entry.Value, entry.Value))];
    }

    // One pass for each of the eight directions in which there are neighbours.
    private static Pass[] BordersOf(ImageTiling tiling, PaddedShape tiles)
    {
        var passes = new List<Pass>();
        for (int down = -1; down <= 1; down++)
        {
            for (int right = -1; right <= 1; right++)
            {
                int withNeighbour = TilesWhere(tile =>
                    (uint)(tile / tiling.Columns + down) < (uint)tiling.Rows && (uint)(tile % tiling.Columns + right) < (uint)tiling.Columns);
                if ((down == 0 && right == 0) || withNeighbour == 0)
                {
                    continue;
                }

                List<int> targets = [], sources = [];
                foreach (int row in Border(down, tiles.Shape.Height, tiles.Halo))
                {
                    foreach (int column in Border(right, tiles.Shape.Width, tiles.Halo))
                    {
                        targets.Add(Place(tiles, row, column));
                        sources.Add(Place(tiles, row - down * tiles.Shape.Height, column - right * tiles.Shape.Width));
                    }
                }

                passes.Add(new Pass(withNeighbour, down * tiling.Columns + right, targets, sources));
            }
        }

        return [.. passes];
    }

    /// <summary>The rows or columns before, inside or behind a tile.</summary>
    private static IEnumerable<int> Border(int side, int size, int halo) => side switch
    {
        < 0 => Enumerable.Range(-halo, halo),
        0 => Enumerable.Range(0, size),
        _ => Enumerable.Range(size, halo),
    };

    private static int Place(PaddedShape tiles, int row, int column) => tiles.Origin + row * tiles.RowFloats + column * SparseKernels.Lanes;

    private const int AllTiles = (1 << SparseKernels.Lanes) - 1;

    private static int TilesWhere(Func<int, bool> holds)
    {
        int tiles = 0;
        for (int tile = 0; tile < SparseKernels.Lanes; tile++)
        {
            tiles |= holds(tile) ? 1 << tile : 0;
        }

        return tiles;
    }

    /// <summary>Vectors to move within a plane: from where, to where, over how many tiles, and for which tiles; the others get zero.</summary>
    private readonly struct Pass
    {
        public Pass(int tiles, int shift, List<int> targets, List<int> sources)
        {
            Shift = shift;
            Mask = new PinnedArray<int>(SparseKernels.Lanes);
            for (int tile = 0; tile < SparseKernels.Lanes; tile++)
            {
                Mask.Array[tile] = (tiles >> tile & 1) != 0 ? -1 : 0;
            }

            Targets = new PinnedArray<int>(targets.Count);
            Sources = new PinnedArray<int>(sources.Count);
            targets.CopyTo(Targets.Array);
            sources.CopyTo(Sources.Array);
        }

        public int Shift { get; }

        public PinnedArray<int> Mask { get; }

        public PinnedArray<int> Targets { get; }

        public PinnedArray<int> Sources { get; }
    }
}
