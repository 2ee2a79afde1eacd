namespace Microsoft.ML.Transforms.Image;

/// <summary>To which rectangle of the new image the old one goes, whole; what falls outside is cut off, and what is left over stays empty.</summary>
internal readonly record struct ImagePlacement(int X, int Y, int Width, int Height)
{
    /// <remarks>
    /// As the packages have it, sizes are Singles cut to whole pixels, so that for some sizes a row or a column of a cropped image
    /// stays empty; and where an image is padded the anchor says nothing.
    /// </remarks>
    public static ImagePlacement Of(
        int width, int height, int newWidth, int newHeight, ImageResizingEstimator.ResizingKind resizing, ImageResizingEstimator.Anchor anchor)
    {
        if (resizing == ImageResizingEstimator.ResizingKind.Fill)
        {
            return new ImagePlacement(0, 0, newWidth, newHeight);
        }

        bool crops = resizing == ImageResizingEstimator.ResizingKind.IsoCrop;
        float scaleX = (float)newWidth / width;
        float scaleY = (float)newHeight / height;
        float scale = crops ? Math.Max(scaleX, scaleY) : Math.Min(scaleX, scaleY);
        float toWidth = width * scale;
        float toHeight = height * scale;
        (float shareX, float shareY) = crops ? Shares(anchor) : (0.5f, 0.5f);
        return new ImagePlacement((int)((newWidth - toWidth) * shareX), (int)((newHeight - toHeight) * shareY), (int)toWidth, (int)toHeight);
    }

    /// <summary>The share of what is left over that goes before the image, across and down.</summary>
    private static (float X, float Y) Shares(ImageResizingEstimator.Anchor anchor) => anchor switch
    {
        ImageResizingEstimator.Anchor.Left => (0, 0.5f),
        ImageResizingEstimator.Anchor.Right => (1, 0.5f),
        ImageResizingEstimator.Anchor.Top => (0.5f, 0),
        ImageResizingEstimator.Anchor.Bottom => (0.5f, 1),
        _ => (0.5f, 0.5f),
    };
}
