using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Planes of a whole batch that are kept from phase to phase: [block][channel][row][column][16], without borders.</summary>
/// <param name="shape">The shape of one image's planes.</param>
/// <param name="blocks">How many blocks there is room for.</param>
/// <param name="valueBytes">The bytes of one value.</param>
internal sealed unsafe class StoredPlanes(ImageShape shape, int blocks, int valueBytes) : IDisposable
{
    private readonly AlignedBuffer _memory = new(((long)blocks * shape.Size * SparseKernels.Lanes * valueBytes + sizeof(float) - 1) / sizeof(float));

    public ImageShape Shape => shape;

    /// <summary>Where a row of a channel begins.</summary>
    public byte* Row(int block, int channel, int row) =>
        (byte*)_memory.Pointer
        + (((long)block * shape.Channels + channel) * shape.PlaneSize + (long)row * shape.Width) * SparseKernels.Lanes * valueBytes;

    public void Dispose() => _memory.Dispose();
}
