using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Planes of a whole batch: [block][channel][row][column][16], padded or not.</summary>
internal sealed unsafe class BlockBuffer(PaddedShape shape, int blocks) : IDisposable
{
    private readonly AlignedBuffer _floats = new((long)blocks * shape.BlockFloats);

    public BlockBuffer(ImageShape shape, int blocks) : this(new PaddedShape(shape, Halo: 0), blocks)
    {
    }

    public PaddedShape Shape => shape;

    /// <summary>All planes of a block.</summary>
    public float* Block(int block) => _floats.Pointer + (long)block * shape.BlockFloats;

    /// <summary>One plane of a block.</summary>
    public float* Plane(int block, int channel) => Block(block) + (long)channel * shape.PlaneFloats;

    public void Dispose() => _floats.Dispose();
}
