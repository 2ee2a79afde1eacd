using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// Fewer, larger pixels: the mean over the area of each cell, shown by all pixels whose centre lies in it.
internal sealed class PixelateCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "pixelate";

    private static readonly double[] Scale = [0.9, 0.75, 0.6, 0.45, 0.35];

    private protected override int ScratchLength(ImageShape shape) => shape.PlaneSize;

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        int rows = Cells(shape.Height), columns = Cells(shape.Width);
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.PlaneSize, shape.PlaneSize);
            for (int cell = 0; cell < rows * columns; cell++)
            {
                scratch[cell] = Mean(plane, shape, rows, columns, cell / columns, cell % columns);
            }

            for (int i = 0; i < plane.Length; i++)
            {
                int row = CellOfCentre(i / shape.Width, rows, shape.Height), column = CellOfCentre(i % shape.Width, columns, shape.Width);
                plane[i] = (float)scratch[row * columns + column];
            }
        }
    }

    private int Cells(int length) => Math.Max(1, (int)Math.Round(Scale[Severity - 1] * length, MidpointRounding.AwayFromZero));

    private static int CellOfCentre(int pixel, int cells, int length) => (int)((2L * pixel + 1) * cells / (2L * length));

    private static double Mean(ReadOnlySpan<float> plane, ImageShape shape, int rows, int columns, int cellRow, int cellColumn)
    {
        // In units in which a row of the image is 'rows' long and a cell's side is the image's height, all edges are whole numbers.
        double sum = 0;
        for (long row = (long)cellRow * shape.Height / rows; row * rows < (cellRow + 1L) * shape.Height; row++)
        {
            long high = Overlap(row, rows, cellRow, shape.Height);
            for (long column = (long)cellColumn * shape.Width / columns; column * columns < (cellColumn + 1L) * shape.Width; column++)
            {
                sum += (double)(high * Overlap(column, columns, cellColumn, shape.Width)) * plane[(int)(row * shape.Width + column)];
            }
        }

        return sum / ((double)shape.Height * shape.Width);
    }

    private static long Overlap(long pixel, int cells, int cell, int length) =>
        Math.Min((pixel + 1) * cells, (cell + 1L) * length) - Math.Max(pixel * cells, (long)cell * length);
}
