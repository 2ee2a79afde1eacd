namespace Microsoft.ML.Transforms.Image;

/// <summary>Which box of an image, in its pixels, goes to which rectangle of the new one.</summary>
internal readonly record struct ImagePlacement(
    double FromX, double FromY, double FromWidth, double FromHeight, int ToX, int ToY, int ToWidth, int ToHeight)
{
    public static ImagePlacement Of(
        int width, int height, int newWidth, int newHeight, ImageResizingEstimator.ResizingKind resizing, ImageResizingEstimator.Anchor anchor)
    {
        double scaleX = (double)newWidth / width;
        double scaleY = (double)newHeight / height;
        (double x, double y) = Shares(anchor);
        switch (resizing)
        {
            case ImageResizingEstimator.ResizingKind.IsoCrop:
                double cover = Math.Max(scaleX, scaleY);
                double shownWidth = Math.Min(width, newWidth / cover);
                double shownHeight = Math.Min(height, newHeight / cover);
                return new ImagePlacement(
                    (width - shownWidth) * x, (height - shownHeight) * y, shownWidth, shownHeight, 0, 0, newWidth, newHeight);
            case ImageResizingEstimator.ResizingKind.IsoPad:
                double fit = Math.Min(scaleX, scaleY);
                int toWidth = Math.Clamp((int)Math.Round(width * fit), 1, newWidth);
                int toHeight = Math.Clamp((int)Math.Round(height * fit), 1, newHeight);
                return new ImagePlacement(
                    0, 0, width, height, (int)((newWidth - toWidth) * x), (int)((newHeight - toHeight) * y), toWidth, toHeight);
            default:
                return new ImagePlacement(0, 0, width, height, 0, 0, newWidth, newHeight);
        }
    }

    /// <summary>The share of what is left over that goes before the image, across and down.</summary>
    private static (double X, double Y) Shares(ImageResizingEstimator.Anchor anchor) => anchor switch
    {
        ImageResizingEstimator.Anchor.Left => (0, 0.5),
        ImageResizingEstimator.Anchor.Right => (1, 0.5),
        ImageResizingEstimator.Anchor.Top => (0.5, 0),
        ImageResizingEstimator.Anchor.Bottom => (0.5, 1),
        _ => (0.5, 0.5),
    };
}
