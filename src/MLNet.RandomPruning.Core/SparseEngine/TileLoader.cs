using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Brings one image of a batch into tiles, normalised as <see cref="BlockLoader"/> does it.</summary>
internal sealed unsafe class TileLoader
{
    private readonly ImageTiling _tiling;
    private readonly ImageShape _shape;
    private readonly float[] _factor, _addend;
    private readonly TileBorders _borders;

    public TileLoader(ImageTiling tiling, ImageShape shape, PixelNormalization normalization)
    {
        _tiling = tiling;
        _shape = shape;
        (_factor, _addend) = BlockLoader.ScaleOf(normalization);
        _borders = new TileBorders(tiling, 0, shape);
    }

    /// <summary>Writes an image into padded tiles, borders too.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="index">Which image of it.</param>
    /// <param name="planes">The tiled planes.</param>
    /// <param name="image">Scratch for one image.</param>
    public void Load(ImageBatch batch, int index, float* planes, Span<float> image)
    {
        batch.CopyPixels(index, image);
        var layout = _tiling.Tiles[0];
        int tileRows = layout.Shape.Height, tileColumns = layout.Shape.Width;
        fixed (float* pixels = image)
        {
            for (int channel = 0; channel < _shape.Channels; channel++)
            {
                float factor = _factor[channel], addend = _addend[channel];
                float* pixel = pixels + channel * _shape.PlaneSize;
                float* plane = planes + channel * layout.PlaneFloats + layout.Origin;
                for (int y = 0; y < _shape.Height; y++)
                {
                    float* tile = plane + y % tileRows * layout.RowFloats + y / tileRows * _tiling.Columns;
                    for (int left = 0; left < _shape.Width; left += tileColumns, tile++)
                    {
                        int columns = Math.Min(tileColumns, _shape.Width - left);
                        for (int x = 0; x < columns; x++)
                        {
                            tile[x * SparseKernels.Lanes] = *pixel++ * factor + addend;
                        }
                    }
                }
            }
        }

        _borders.Update(planes, _shape.Channels);
    }
}
