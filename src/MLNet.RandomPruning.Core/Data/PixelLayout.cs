namespace MLNet.RandomPruning.Data;

/// <summary>In which order the values of an image stand.</summary>
public enum PixelLayout
{
    /// <summary>[channel][row][column]: all of one channel, then all of the next. How networks, and data sets such as CIFAR, have them.</summary>
    Planar = 0,

    /// <summary>[row][column][channel]: the channels of a pixel side by side. How cameras and image libraries give them, for example as RGB24.</summary>
    Interleaved = 1,
}
