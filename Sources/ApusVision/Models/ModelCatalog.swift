// The published weights by name. Written by scripts/make_model_catalog.py; don't edit.

extension Architecture {
    /// torchvision's: name, height and width of the pictures, the part of a resized picture that is cropped,
    /// interpolation, statistics, classes, and the file under https://download.pytorch.org/models.
    static let torchvisionCatalog = """
        resnet18 224 0.875 bilinear imagenet 1000 resnet18-f37072fd.pth
        resnet34 224 0.875 bilinear imagenet 1000 resnet34-b627a593.pth
        resnet50 224 0.9655 bilinear imagenet 1000 resnet50-11ad3fa6.pth
        resnet101 224 0.9655 bilinear imagenet 1000 resnet101-cd907fc2.pth
        resnet152 224 0.9655 bilinear imagenet 1000 resnet152-f82ba261.pth
        resnext50_32x4d 224 0.9655 bilinear imagenet 1000 resnext50_32x4d-1a0047aa.pth
        resnext101_32x8d 224 0.9655 bilinear imagenet 1000 resnext101_32x8d-110c445d.pth
        resnext101_64x4d 224 0.9655 bilinear imagenet 1000 resnext101_64x4d-173b62eb.pth
        wide_resnet50_2 224 0.9655 bilinear imagenet 1000 wide_resnet50_2-9ba9bcbe.pth
        wide_resnet101_2 224 0.9655 bilinear imagenet 1000 wide_resnet101_2-d733dc28.pth
        squeezenet1_0 224 0.875 bilinear imagenet 1000 squeezenet1_0-b66bff10.pth
        squeezenet1_1 224 0.875 bilinear imagenet 1000 squeezenet1_1-b8a52dc0.pth
        alexnet 224 0.875 bilinear imagenet 1000 alexnet-owt-7be5be79.pth
        vgg11 224 0.875 bilinear imagenet 1000 vgg11-8a719046.pth
        vgg11_bn 224 0.875 bilinear imagenet 1000 vgg11_bn-6002323d.pth
        vgg13 224 0.875 bilinear imagenet 1000 vgg13-19584684.pth
        vgg13_bn 224 0.875 bilinear imagenet 1000 vgg13_bn-abd245e5.pth
        vgg16 224 0.875 bilinear imagenet 1000 vgg16-397923af.pth
        vgg16_bn 224 0.875 bilinear imagenet 1000 vgg16_bn-6c64b313.pth
        vgg19 224 0.875 bilinear imagenet 1000 vgg19-dcbb9e9d.pth
        vgg19_bn 224 0.875 bilinear imagenet 1000 vgg19_bn-c79401a0.pth
        densenet121 224 0.875 bilinear imagenet 1000 densenet121-a639ec97.pth
        densenet161 224 0.875 bilinear imagenet 1000 densenet161-8d451a50.pth
        densenet169 224 0.875 bilinear imagenet 1000 densenet169-b2777c0a.pth
        densenet201 224 0.875 bilinear imagenet 1000 densenet201-c1103571.pth
        mobilenet_v2 224 0.9655 bilinear imagenet 1000 mobilenet_v2-7ebf99e0.pth
        mobilenet_v3_small 224 0.875 bilinear imagenet 1000 mobilenet_v3_small-047dcff4.pth
        mobilenet_v3_large 224 0.9655 bilinear imagenet 1000 mobilenet_v3_large-5c1a4163.pth
        efficientnet_b0 224 0.875 bicubic imagenet 1000 efficientnet_b0_rwightman-7f5810bc.pth
        efficientnet_b1 240 0.9412 bilinear imagenet 1000 efficientnet_b1-c27df63c.pth
        efficientnet_b2 288 1 bicubic imagenet 1000 efficientnet_b2_rwightman-c35c1473.pth
        efficientnet_b3 300 0.9375 bicubic imagenet 1000 efficientnet_b3_rwightman-b3899882.pth
        efficientnet_b4 380 0.9896 bicubic imagenet 1000 efficientnet_b4_rwightman-23ab8bcd.pth
        efficientnet_b5 456 1 bicubic imagenet 1000 efficientnet_b5_lukemelas-1a07897c.pth
        efficientnet_b6 528 1 bicubic imagenet 1000 efficientnet_b6_lukemelas-24a108a5.pth
        efficientnet_b7 600 1 bicubic imagenet 1000 efficientnet_b7_lukemelas-c5b4e57e.pth
        efficientnet_v2_s 384 1 bilinear imagenet 1000 efficientnet_v2_s-dd5fe13b.pth
        efficientnet_v2_m 480 1 bilinear imagenet 1000 efficientnet_v2_m-dc08266a.pth
        efficientnet_v2_l 480 1 bicubic half 1000 efficientnet_v2_l-59c71312.pth
        regnet_y_400mf 224 0.9655 bilinear imagenet 1000 regnet_y_400mf-e6988f5f.pth
        regnet_y_800mf 224 0.9655 bilinear imagenet 1000 regnet_y_800mf-58fc7688.pth
        regnet_y_1_6gf 224 0.9655 bilinear imagenet 1000 regnet_y_1_6gf-0d7bc02a.pth
        regnet_y_3_2gf 224 0.9655 bilinear imagenet 1000 regnet_y_3_2gf-9180c971.pth
        regnet_y_8gf 224 0.9655 bilinear imagenet 1000 regnet_y_8gf-dc2b1b54.pth
        regnet_y_16gf 224 0.9655 bilinear imagenet 1000 regnet_y_16gf-3e4a00f9.pth
        regnet_y_32gf 224 0.9655 bilinear imagenet 1000 regnet_y_32gf-8db6d4b5.pth
        regnet_y_128gf 384 1 bicubic imagenet 1000 regnet_y_128gf_swag-c8ce3e52.pth
        regnet_x_400mf 224 0.9655 bilinear imagenet 1000 regnet_x_400mf-62229a5f.pth
        regnet_x_800mf 224 0.9655 bilinear imagenet 1000 regnet_x_800mf-94a99ebd.pth
        regnet_x_1_6gf 224 0.9655 bilinear imagenet 1000 regnet_x_1_6gf-a12f2b72.pth
        regnet_x_3_2gf 224 0.9655 bilinear imagenet 1000 regnet_x_3_2gf-7071aa85.pth
        regnet_x_8gf 224 0.9655 bilinear imagenet 1000 regnet_x_8gf-2b70d774.pth
        regnet_x_16gf 224 0.9655 bilinear imagenet 1000 regnet_x_16gf-ba3796d7.pth
        regnet_x_32gf 224 0.9655 bilinear imagenet 1000 regnet_x_32gf-6eb8fdc6.pth
        """

    /// timm's: the same without the file, which is model.safetensors in the repository timm/NAME of the hub.
    /// The first tag of an architecture is the one that its name alone stands for.
    static let timmCatalog = """
        convnext_atto.d2_in1k 224 0.875 bicubic imagenet 1000
        convnext_atto_ols.a2_in1k 224 0.875 bicubic imagenet 1000
        convnext_femto.d1_in1k 224 0.875 bicubic imagenet 1000
        convnext_femto_ols.d1_in1k 224 0.875 bicubic imagenet 1000
        convnext_pico.d1_in1k 224 0.875 bicubic imagenet 1000
        convnext_pico_ols.d1_in1k 224 0.95 bicubic imagenet 1000
        convnext_nano.in12k_ft_in1k 224 0.95 bicubic imagenet 1000
        convnext_nano.d1h_in1k 224 0.95 bicubic imagenet 1000
        convnext_nano.in12k 224 0.95 bicubic imagenet 11821
        convnext_nano.r384_ad_in12k 384 1 bicubic imagenet 11821
        convnext_nano.r384_in12k 384 1 bicubic imagenet 11821
        convnext_nano.r384_in12k_ft_in1k 384 1 bicubic imagenet 1000
        convnext_nano_ols.d1h_in1k 224 0.95 bicubic imagenet 1000
        convnext_tiny_hnf.a2h_in1k 224 0.95 bicubic imagenet 1000
        convnext_tiny.in12k_ft_in1k 224 0.95 bicubic imagenet 1000
        convnext_tiny.fb_in1k 224 0.875 bicubic imagenet 1000
        convnext_tiny.fb_in22k 224 0.875 bicubic imagenet 21841
        convnext_tiny.fb_in22k_ft_in1k 224 0.875 bicubic imagenet 1000
        convnext_tiny.fb_in22k_ft_in1k_384 384 1 bicubic imagenet 1000
        convnext_tiny.in12k 224 0.95 bicubic imagenet 11821
        convnext_tiny.in12k_ft_in1k_384 384 1 bicubic imagenet 1000
        convnext_small.in12k_ft_in1k 224 0.95 bicubic imagenet 1000
        convnext_small.fb_in1k 224 0.875 bicubic imagenet 1000
        convnext_small.fb_in22k 224 0.875 bicubic imagenet 21841
        convnext_small.fb_in22k_ft_in1k 224 0.875 bicubic imagenet 1000
        convnext_small.fb_in22k_ft_in1k_384 384 1 bicubic imagenet 1000
        convnext_small.in12k 224 0.95 bicubic imagenet 11821
        convnext_small.in12k_ft_in1k_384 384 1 bicubic imagenet 1000
        convnext_base.fb_in22k_ft_in1k 224 0.875 bicubic imagenet 1000
        convnext_base.clip_laion2b 256 1 bicubic clip 640
        convnext_base.clip_laion2b_augreg 256 1 bicubic clip 640
        convnext_base.clip_laion2b_augreg_ft_in12k 256 1 bicubic clip 11821
        convnext_base.clip_laion2b_augreg_ft_in12k_in1k 256 1 bicubic clip 1000
        convnext_base.clip_laion2b_augreg_ft_in12k_in1k_384 384 1 bicubic clip 1000
        convnext_base.clip_laion2b_augreg_ft_in1k 256 1 bicubic clip 1000
        convnext_base.clip_laiona 256 1 bicubic clip 640
        convnext_base.clip_laiona_320 320 1 bicubic clip 640
        convnext_base.clip_laiona_augreg_320 320 1 bicubic clip 640
        convnext_base.clip_laiona_augreg_ft_in1k_384 384 1 bicubic clip 1000
        convnext_base.fb_in1k 224 0.875 bicubic imagenet 1000
        convnext_base.fb_in22k 224 0.875 bicubic imagenet 21841
        convnext_base.fb_in22k_ft_in1k_384 384 1 bicubic imagenet 1000
        convnext_large.fb_in22k_ft_in1k 224 0.875 bicubic imagenet 1000
        convnext_large.fb_in1k 224 0.875 bicubic imagenet 1000
        convnext_large.fb_in22k 224 0.875 bicubic imagenet 21841
        convnext_large.fb_in22k_ft_in1k_384 384 1 bicubic imagenet 1000
        convnext_large_mlp.clip_laion2b_soup_ft_in12k_in1k_320 320 1 bicubic clip 1000
        convnext_large_mlp.clip_laion2b_augreg 256 1 bicubic clip 768
        convnext_large_mlp.clip_laion2b_augreg_ft_in12k_384 384 1 bicubic clip 11821
        convnext_large_mlp.clip_laion2b_augreg_ft_in1k 256 1 bicubic clip 1000
        convnext_large_mlp.clip_laion2b_augreg_ft_in1k_384 384 1 bicubic clip 1000
        convnext_large_mlp.clip_laion2b_ft_320 320 1 bicubic clip 768
        convnext_large_mlp.clip_laion2b_ft_soup_320 320 1 bicubic clip 768
        convnext_large_mlp.clip_laion2b_soup_ft_in12k_320 320 1 bicubic clip 11821
        convnext_large_mlp.clip_laion2b_soup_ft_in12k_384 384 1 bicubic clip 11821
        convnext_large_mlp.clip_laion2b_soup_ft_in12k_in1k_384 384 1 bicubic clip 1000
        convnext_xlarge.fb_in22k_ft_in1k 224 0.875 bicubic imagenet 1000
        convnext_xlarge.fb_in22k 224 0.875 bicubic imagenet 21841
        convnext_xlarge.fb_in22k_ft_in1k_384 384 1 bicubic imagenet 1000
        convnext_xxlarge.clip_laion2b_soup_ft_in1k 256 1 bicubic clip 1000
        convnext_xxlarge.clip_laion2b_rewind 256 1 bicubic clip 1024
        convnext_xxlarge.clip_laion2b_soup 256 1 bicubic clip 1024
        convnext_xxlarge.clip_laion2b_soup_ft_in12k 256 1 bicubic clip 11821
        convnextv2_atto.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_atto.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_femto.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_femto.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_pico.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_pico.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_nano.fcmae_ft_in22k_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_nano.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_nano.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_nano.fcmae_ft_in22k_in1k_384 384 1 bicubic imagenet 1000
        convnextv2_tiny.fcmae_ft_in22k_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_tiny.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_tiny.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_tiny.fcmae_ft_in22k_in1k_384 384 1 bicubic imagenet 1000
        convnextv2_base.fcmae_ft_in22k_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_base.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_base.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_base.fcmae_ft_in22k_in1k_384 384 1 bicubic imagenet 1000
        convnextv2_large.fcmae_ft_in22k_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_large.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_large.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_large.fcmae_ft_in22k_in1k_384 384 1 bicubic imagenet 1000
        convnextv2_huge.fcmae_ft_in22k_in1k_384 384 1 bicubic imagenet 1000
        convnextv2_huge.fcmae 224 0.875 bicubic imagenet 0
        convnextv2_huge.fcmae_ft_in1k 224 0.875 bicubic imagenet 1000
        convnextv2_huge.fcmae_ft_in22k_in1k_512 512 1 bicubic imagenet 1000
        resnet10t.c3_in1k 176 0.875 bicubic imagenet 1000
        resnet14t.c3_in1k 176 0.875 bicubic imagenet 1000
        resnet18.a1_in1k 224 0.95 bicubic imagenet 1000
        resnet18.a2_in1k 224 0.95 bicubic imagenet 1000
        resnet18.a3_in1k 160 0.95 bicubic imagenet 1000
        resnet18.fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear imagenet 1000
        resnet18.fb_swsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnet18.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet18.tv_in1k 224 0.875 bilinear imagenet 1000
        resnet18d.ra2_in1k 224 0.875 bicubic imagenet 1000
        resnet18d.ra4_e3600_r224_in1k 224 0.9 bicubic half 1000
        resnet26.bt_in1k 224 0.875 bicubic imagenet 1000
        resnet26d.bt_in1k 224 0.875 bicubic imagenet 1000
        resnet26t.ra2_in1k 256 0.94 bicubic imagenet 1000
        resnet34.a1_in1k 224 0.95 bicubic imagenet 1000
        resnet34.a2_in1k 224 0.95 bicubic imagenet 1000
        resnet34.a3_in1k 160 0.95 bicubic imagenet 1000
        resnet34.bt_in1k 224 0.875 bicubic imagenet 1000
        resnet34.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet34.ra4_e3600_r224_in1k 224 0.9 bicubic half 1000
        resnet34.tv_in1k 224 0.875 bilinear imagenet 1000
        resnet34d.ra2_in1k 224 0.875 bicubic imagenet 1000
        resnet50.a1_in1k 224 0.95 bicubic imagenet 1000
        resnet50.a1h_in1k 176 0.9 bicubic imagenet 1000
        resnet50.a2_in1k 224 0.95 bicubic imagenet 1000
        resnet50.a3_in1k 160 0.95 bicubic imagenet 1000
        resnet50.am_in1k 224 0.875 bicubic imagenet 1000
        resnet50.b1k_in1k 224 0.95 bicubic imagenet 1000
        resnet50.b2k_in1k 224 0.95 bicubic imagenet 1000
        resnet50.bamboo 224 1 bicubic imagenet 0
        resnet50.bt_in1k 224 0.875 bicubic imagenet 1000
        resnet50.c1_in1k 224 0.95 bicubic imagenet 1000
        resnet50.c2_in1k 224 0.95 bicubic imagenet 1000
        resnet50.d_in1k 224 0.95 bicubic imagenet 1000
        resnet50.fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear imagenet 1000
        resnet50.fb_swsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnet50.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet50.ra_in1k 224 0.875 bicubic imagenet 1000
        resnet50.ram_in1k 224 0.875 bicubic imagenet 1000
        resnet50.tv2_in1k 176 0.875 bilinear imagenet 1000
        resnet50.tv_in1k 224 0.875 bilinear imagenet 1000
        resnet50c.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet50d.ra2_in1k 224 0.875 bicubic imagenet 1000
        resnet50d.a1_in1k 224 0.95 bicubic imagenet 1000
        resnet50d.a2_in1k 224 0.95 bicubic imagenet 1000
        resnet50d.a3_in1k 160 0.95 bicubic imagenet 1000
        resnet50d.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet50d.ra4_e3600_r224_in1k 224 0.95 bicubic half 1000
        resnet50s.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet101.a1h_in1k 224 0.95 bicubic imagenet 1000
        resnet101.a1_in1k 224 0.95 bicubic imagenet 1000
        resnet101.a2_in1k 224 0.95 bicubic imagenet 1000
        resnet101.a3_in1k 160 0.95 bicubic imagenet 1000
        resnet101.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet101.tv2_in1k 176 0.875 bilinear imagenet 1000
        resnet101.tv_in1k 224 0.875 bilinear imagenet 1000
        resnet101c.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet101d.ra2_in1k 256 0.95 bicubic imagenet 1000
        resnet101d.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet101s.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet152.a1h_in1k 224 0.95 bicubic imagenet 1000
        resnet152.a1_in1k 224 0.95 bicubic imagenet 1000
        resnet152.a2_in1k 224 0.95 bicubic imagenet 1000
        resnet152.a3_in1k 160 0.95 bicubic imagenet 1000
        resnet152.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet152.tv2_in1k 176 0.875 bilinear imagenet 1000
        resnet152.tv_in1k 224 0.875 bilinear imagenet 1000
        resnet152c.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet152d.ra2_in1k 256 0.95 bicubic imagenet 1000
        resnet152d.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet152s.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnet200d.ra2_in1k 256 0.95 bicubic imagenet 1000
        resnext50_32x4d.a1h_in1k 224 0.95 bicubic imagenet 1000
        resnext50_32x4d.a1_in1k 224 0.95 bicubic imagenet 1000
        resnext50_32x4d.a2_in1k 224 0.95 bicubic imagenet 1000
        resnext50_32x4d.a3_in1k 160 0.95 bicubic imagenet 1000
        resnext50_32x4d.fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext50_32x4d.fb_swsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext50_32x4d.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnext50_32x4d.ra_in1k 224 0.875 bicubic imagenet 1000
        resnext50_32x4d.tv2_in1k 176 0.875 bilinear imagenet 1000
        resnext50_32x4d.tv_in1k 224 0.875 bilinear imagenet 1000
        resnext50d_32x4d.bt_in1k 224 0.875 bicubic imagenet 1000
        resnext101_32x4d.fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x4d.fb_swsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x4d.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnext101_32x8d.tv_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x8d.fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x8d.fb_swsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x8d.fb_wsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x8d.tv2_in1k 176 0.875 bilinear imagenet 1000
        resnext101_32x16d.fb_wsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x16d.fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x16d.fb_swsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_32x32d.fb_wsl_ig1b_ft_in1k 224 0.875 bilinear imagenet 1000
        resnext101_64x4d.c1_in1k 224 0.95 bicubic imagenet 1000
        resnext101_64x4d.gluon_in1k 224 0.875 bicubic imagenet 1000
        resnext101_64x4d.tv_in1k 224 0.875 bilinear imagenet 1000
        wide_resnet50_2.racm_in1k 224 0.875 bicubic imagenet 1000
        wide_resnet50_2.tv2_in1k 176 0.875 bilinear imagenet 1000
        wide_resnet50_2.tv_in1k 224 0.875 bilinear imagenet 1000
        wide_resnet101_2.tv_in1k 224 0.875 bilinear imagenet 1000
        wide_resnet101_2.tv2_in1k 176 0.875 bilinear imagenet 1000
        mobilenetv2_050.lamb_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv2_100.ra_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv2_110d.ra_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv2_120d.ra_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv2_140.ra_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv3_small_050.lamb_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv3_small_075.lamb_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv3_small_100.lamb_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv3_large_100.ra_in1k 224 0.875 bicubic imagenet 1000
        mobilenetv3_large_100.miil_in21k 224 0.875 bilinear none 11221
        mobilenetv3_large_100.miil_in21k_ft_in1k 224 0.875 bilinear none 1000
        mobilenetv3_large_100.ra4_e3600_r224_in1k 224 0.95 bicubic half 1000
        mobilenetv3_large_150d.ra4_e3600_r256_in1k 256 0.95 bilinear half 1000
        mobilenetv3_rw.rmsp_in1k 224 0.875 bicubic imagenet 1000
        efficientnet_b0.ra_in1k 224 0.875 bicubic imagenet 1000
        efficientnet_b0.ra4_e3600_r224_in1k 224 0.9 bicubic half 1000
        efficientnet_b1.ra4_e3600_r240_in1k 240 0.9 bicubic half 1000
        efficientnet_b1.ft_in1k 224 0.875 bicubic imagenet 1000
        efficientnet_b2.ra_in1k 256 0.875 bicubic imagenet 1000
        efficientnet_b3.ra2_in1k 288 0.875 bicubic imagenet 1000
        efficientnet_b4.ra2_in1k 320 0.875 bicubic imagenet 1000
        efficientnet_b5.sw_in12k_ft_in1k 448 1 bicubic imagenet 1000
        efficientnet_b5.sw_in12k 416 0.95 bicubic imagenet 11821
        efficientnet_lite0.ra_in1k 224 0.875 bicubic imagenet 1000
        efficientnetv2_rw_t.ra2_in1k 224 1 bicubic imagenet 1000
        efficientnetv2_rw_s.ra2_in1k 288 1 bicubic imagenet 1000
        efficientnetv2_rw_m.agc_in1k 320 1 bicubic imagenet 1000
        tf_efficientnet_b0.ns_jft_in1k 224 0.875 bicubic imagenet 1000
        tf_efficientnet_b0.aa_in1k 224 0.875 bicubic imagenet 1000
        tf_efficientnet_b0.ap_in1k 224 0.875 bicubic half 1000
        tf_efficientnet_b0.in1k 224 0.875 bicubic imagenet 1000
        tf_efficientnet_b1.ns_jft_in1k 240 0.882 bicubic imagenet 1000
        tf_efficientnet_b1.aa_in1k 240 0.882 bicubic imagenet 1000
        tf_efficientnet_b1.ap_in1k 240 0.882 bicubic half 1000
        tf_efficientnet_b1.in1k 240 0.882 bicubic imagenet 1000
        tf_efficientnet_b2.ns_jft_in1k 260 0.89 bicubic imagenet 1000
        tf_efficientnet_b2.aa_in1k 260 0.89 bicubic imagenet 1000
        tf_efficientnet_b2.ap_in1k 260 0.89 bicubic half 1000
        tf_efficientnet_b2.in1k 260 0.89 bicubic imagenet 1000
        tf_efficientnet_b3.ns_jft_in1k 300 0.904 bicubic imagenet 1000
        tf_efficientnet_b3.aa_in1k 300 0.904 bicubic imagenet 1000
        tf_efficientnet_b3.ap_in1k 300 0.904 bicubic half 1000
        tf_efficientnet_b3.in1k 300 0.904 bicubic imagenet 1000
        tf_efficientnet_b4.ns_jft_in1k 380 0.922 bicubic imagenet 1000
        tf_efficientnet_b4.aa_in1k 380 0.922 bicubic imagenet 1000
        tf_efficientnet_b4.ap_in1k 380 0.922 bicubic half 1000
        tf_efficientnet_b4.in1k 380 0.922 bicubic imagenet 1000
        tf_efficientnet_b5.ns_jft_in1k 456 0.934 bicubic imagenet 1000
        tf_efficientnet_b5.aa_in1k 456 0.934 bicubic imagenet 1000
        tf_efficientnet_b5.ap_in1k 456 0.934 bicubic half 1000
        tf_efficientnet_b5.in1k 456 0.934 bicubic imagenet 1000
        tf_efficientnet_b5.ra_in1k 456 0.934 bicubic imagenet 1000
        tf_efficientnet_b6.ns_jft_in1k 528 0.942 bicubic imagenet 1000
        tf_efficientnet_b6.aa_in1k 528 0.942 bicubic imagenet 1000
        tf_efficientnet_b6.ap_in1k 528 0.942 bicubic half 1000
        tf_efficientnet_b7.ns_jft_in1k 600 0.949 bicubic imagenet 1000
        tf_efficientnet_b7.aa_in1k 600 0.949 bicubic imagenet 1000
        tf_efficientnet_b7.ap_in1k 600 0.949 bicubic half 1000
        tf_efficientnet_b7.ra_in1k 600 0.949 bicubic imagenet 1000
        tf_efficientnet_b8.ap_in1k 672 0.954 bicubic half 1000
        tf_efficientnet_b8.ra_in1k 672 0.954 bicubic imagenet 1000
        tf_efficientnet_l2.ns_jft_in1k_475 475 0.936 bicubic imagenet 1000
        tf_efficientnet_l2.ns_jft_in1k 800 0.96 bicubic imagenet 1000
        tf_efficientnet_lite0.in1k 224 0.875 bicubic half 1000
        tf_efficientnet_lite1.in1k 240 0.882 bicubic half 1000
        tf_efficientnet_lite2.in1k 260 0.89 bicubic half 1000
        tf_efficientnet_lite3.in1k 300 0.904 bilinear half 1000
        tf_efficientnet_lite4.in1k 380 0.92 bilinear half 1000
        tf_efficientnetv2_b0.in1k 192 0.875 bicubic imagenet 1000
        tf_efficientnetv2_b1.in1k 192 0.882 bicubic imagenet 1000
        tf_efficientnetv2_b2.in1k 208 0.89 bicubic imagenet 1000
        tf_efficientnetv2_b3.in21k_ft_in1k 240 0.9 bicubic half 1000
        tf_efficientnetv2_b3.in1k 240 0.904 bicubic imagenet 1000
        tf_efficientnetv2_b3.in21k 240 0.904 bicubic half 21843
        tf_efficientnetv2_s.in21k_ft_in1k 300 1 bicubic half 1000
        tf_efficientnetv2_s.in1k 300 1 bicubic half 1000
        tf_efficientnetv2_s.in21k 300 1 bicubic half 21843
        tf_efficientnetv2_m.in21k_ft_in1k 384 1 bicubic half 1000
        tf_efficientnetv2_m.in1k 384 1 bicubic half 1000
        tf_efficientnetv2_m.in21k 384 1 bicubic half 21843
        tf_efficientnetv2_l.in21k_ft_in1k 384 1 bicubic half 1000
        tf_efficientnetv2_l.in1k 384 1 bicubic half 1000
        tf_efficientnetv2_l.in21k 384 1 bicubic half 21843
        tf_efficientnetv2_xl.in21k_ft_in1k 384 1 bicubic half 1000
        tf_efficientnetv2_xl.in21k 384 1 bicubic half 21843
        vit_tiny_patch16_224.augreg_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_tiny_patch16_224.augreg_in21k 224 0.9 bicubic half 21843
        vit_tiny_patch16_384.augreg_in21k_ft_in1k 384 1 bicubic half 1000
        vit_small_patch32_224.augreg_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_small_patch32_224.augreg_in21k 224 0.9 bicubic half 21843
        vit_small_patch32_384.augreg_in21k_ft_in1k 384 1 bicubic half 1000
        vit_small_patch16_224.augreg_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_small_patch16_224.augreg_in1k 224 0.9 bicubic half 1000
        vit_small_patch16_224.augreg_in21k 224 0.9 bicubic half 21843
        vit_small_patch16_224.dino 224 0.9 bicubic imagenet 0
        vit_small_patch16_384.augreg_in21k_ft_in1k 384 1 bicubic half 1000
        vit_small_patch16_384.augreg_in1k 384 1 bicubic half 1000
        vit_small_patch8_224.dino 224 0.9 bicubic imagenet 0
        vit_base_patch32_224.augreg_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_base_patch32_224.augreg_in1k 224 0.9 bicubic half 1000
        vit_base_patch32_224.augreg_in21k 224 0.9 bicubic half 21843
        vit_base_patch32_224.orig_in21k 224 0.9 bicubic half 0
        vit_base_patch32_224.sam_in1k 224 0.9 bicubic half 1000
        vit_base_patch32_384.augreg_in21k_ft_in1k 384 1 bicubic half 1000
        vit_base_patch32_384.augreg_in1k 384 1 bicubic half 1000
        vit_base_patch16_224.augreg2_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_base_patch16_224.augreg_in1k 224 0.9 bicubic half 1000
        vit_base_patch16_224.augreg_in21k 224 0.9 bicubic half 21843
        vit_base_patch16_224.augreg_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_base_patch16_224.bamboo 224 1 bicubic clip 115217
        vit_base_patch16_224.dino 224 0.9 bicubic imagenet 0
        vit_base_patch16_224.mae 224 0.9 bicubic imagenet 0
        vit_base_patch16_224.orig_in21k 224 0.9 bicubic half 0
        vit_base_patch16_224.orig_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_base_patch16_224.sam_in1k 224 0.9 bicubic half 1000
        vit_base_patch16_384.augreg_in21k_ft_in1k 384 1 bicubic half 1000
        vit_base_patch16_384.augreg_in1k 384 1 bicubic half 1000
        vit_base_patch16_384.orig_in21k_ft_in1k 384 1 bicubic half 1000
        vit_base_patch8_224.augreg2_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_base_patch8_224.augreg_in21k 224 0.9 bicubic half 21843
        vit_base_patch8_224.augreg_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_base_patch8_224.dino 224 0.9 bicubic imagenet 0
        vit_large_patch32_384.orig_in21k_ft_in1k 384 1 bicubic half 1000
        vit_large_patch16_224.augreg_in21k_ft_in1k 224 0.9 bicubic half 1000
        vit_large_patch16_224.augreg_in21k 224 0.9 bicubic half 21843
        vit_large_patch16_224.mae 224 0.9 bicubic imagenet 0
        vit_large_patch16_224.orig_in21k 224 0.9 bicubic half 0
        vit_large_patch16_384.augreg_in21k_ft_in1k 384 1 bicubic half 1000
        vit_base_patch16_224_miil.in21k 224 0.875 bilinear none 11221
        vit_base_patch16_224_miil.in21k_ft_in1k 224 0.875 bilinear none 1000
        vit_base_patch32_clip_224.laion2b_ft_in12k_in1k 224 0.9 bicubic clip 1000
        vit_base_patch32_clip_224.datacompxl 224 1 bicubic clip 512
        vit_base_patch32_clip_224.laion2b 224 0.9 bicubic clip 512
        vit_base_patch32_clip_224.laion2b_ft_in1k 224 0.9 bicubic clip 1000
        vit_base_patch32_clip_224.laion400m_e32 224 0.9 bicubic clip 512
        vit_base_patch32_clip_224.metaclip_2pt5b 224 1 bicubic clip 512
        vit_base_patch32_clip_224.metaclip_400m 224 1 bicubic clip 512
        vit_base_patch32_clip_224.openai 224 0.9 bicubic clip 512
        vit_base_patch32_clip_224.openai_ft_in1k 224 0.9 bicubic clip 1000
        vit_base_patch32_clip_384.laion2b_ft_in12k_in1k 384 1 bicubic clip 1000
        vit_base_patch32_clip_384.openai_ft_in12k_in1k 384 0.95 bicubic clip 1000
        vit_base_patch32_clip_448.laion2b_ft_in12k_in1k 448 1 bicubic clip 1000
        vit_base_patch16_clip_224.laion2b_ft_in12k_in1k 224 0.95 bicubic clip 1000
        vit_base_patch16_clip_224.datacompxl 224 1 bicubic clip 512
        vit_base_patch16_clip_224.dfn2b 224 1 bicubic clip 512
        vit_base_patch16_clip_224.laion2b 224 1 bicubic clip 512
        vit_base_patch16_clip_224.laion2b_ft_in12k 224 0.9 bicubic clip 11821
        vit_base_patch16_clip_224.laion2b_ft_in1k 224 1 bicubic clip 1000
        vit_base_patch16_clip_224.laion400m_e32 224 1 bicubic clip 512
        vit_base_patch16_clip_224.metaclip_2pt5b 224 1 bicubic clip 512
        vit_base_patch16_clip_224.metaclip_400m 224 1 bicubic clip 512
        vit_base_patch16_clip_224.openai 224 0.9 bicubic clip 512
        vit_base_patch16_clip_224.openai_ft_in12k 224 0.9 bicubic clip 11821
        vit_base_patch16_clip_224.openai_ft_in12k_in1k 224 0.95 bicubic clip 1000
        vit_base_patch16_clip_224.openai_ft_in1k 224 0.9 bicubic clip 1000
        vit_base_patch16_clip_384.laion2b_ft_in12k_in1k 384 1 bicubic clip 1000
        vit_base_patch16_clip_384.laion2b_ft_in1k 384 1 bicubic clip 1000
        vit_base_patch16_clip_384.openai_ft_in12k_in1k 384 0.95 bicubic clip 1000
        vit_base_patch16_clip_384.openai_ft_in1k 384 1 bicubic clip 1000
        vit_large_patch14_clip_224.laion2b_ft_in12k_in1k 224 1 bicubic half 1000
        vit_large_patch14_clip_224.apple_mclip2_dfndr2b 224 1 bicubic clip 768
        vit_large_patch14_clip_224.datacompxl 224 1 bicubic clip 768
        vit_large_patch14_clip_224.dfn2b 224 1 bicubic clip 768
        vit_large_patch14_clip_224.dfn2b_s39b 224 1 bicubic clip 768
        vit_large_patch14_clip_224.laion2b 224 1 bicubic half 768
        vit_large_patch14_clip_224.laion2b_ft_in12k 224 1 bicubic half 11821
        vit_large_patch14_clip_224.laion2b_ft_in1k 224 1 bicubic half 1000
        vit_large_patch14_clip_224.laion400m_e32 224 1 bicubic clip 768
        vit_large_patch14_clip_224.metaclip_2pt5b 224 1 bicubic clip 768
        vit_large_patch14_clip_224.metaclip_400m 224 1 bicubic clip 768
        vit_large_patch14_clip_224.openai 224 1 bicubic clip 768
        vit_large_patch14_clip_224.openai_ft_in12k 224 1 bicubic clip 11821
        vit_large_patch14_clip_224.openai_ft_in12k_in1k 224 1 bicubic clip 1000
        vit_large_patch14_clip_224.openai_ft_in1k 224 1 bicubic clip 1000
        vit_large_patch14_clip_336.laion2b_ft_in12k_in1k 336 1 bicubic half 1000
        vit_large_patch14_clip_336.laion2b_ft_in1k 336 1 bicubic half 1000
        vit_large_patch14_clip_336.openai 336 1 bicubic clip 768
        vit_large_patch14_clip_336.openai_ft_in12k_in1k 336 1 bicubic clip 1000
        vit_huge_patch14_clip_224.laion2b_ft_in12k_in1k 224 1 bicubic clip 1000
        vit_huge_patch14_clip_224.dfn5b 224 1 bicubic clip 1024
        vit_huge_patch14_clip_224.laion2b 224 1 bicubic clip 1024
        vit_huge_patch14_clip_224.laion2b_ft_in12k 224 1 bicubic clip 11821
        vit_huge_patch14_clip_224.laion2b_ft_in1k 224 1 bicubic clip 1000
        vit_huge_patch14_clip_224.metaclip2_worldwide 224 1 bicubic clip 1024
        vit_huge_patch14_clip_224.metaclip_2pt5b 224 1 bicubic clip 1024
        vit_huge_patch14_clip_224.metaclip_altogether 224 1 bicubic clip 1024
        vit_huge_patch14_clip_336.laion2b_ft_in12k_in1k 336 1 bicubic clip 1000
        vit_small_patch14_dinov2.lvd142m 518 1 bicubic imagenet 0
        vit_base_patch14_dinov2.lvd142m 518 1 bicubic imagenet 0
        vit_large_patch14_dinov2.lvd142m 518 1 bicubic imagenet 0
        vit_small_patch14_reg4_dinov2.lvd142m 518 1 bicubic imagenet 0
        vit_base_patch14_reg4_dinov2.lvd142m 518 1 bicubic imagenet 0
        vit_large_patch14_reg4_dinov2.lvd142m 518 1 bicubic imagenet 0
        deit_tiny_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit_small_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit_base_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit_base_patch16_384.fb_in1k 384 1 bicubic imagenet 1000
        deit_tiny_distilled_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit_small_distilled_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit_base_distilled_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit_base_distilled_patch16_384.fb_in1k 384 1 bicubic imagenet 1000
        deit3_small_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit3_small_patch16_224.fb_in22k_ft_in1k 224 1 bicubic imagenet 1000
        deit3_small_patch16_384.fb_in1k 384 1 bicubic imagenet 1000
        deit3_small_patch16_384.fb_in22k_ft_in1k 384 1 bicubic imagenet 1000
        deit3_medium_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit3_medium_patch16_224.fb_in22k_ft_in1k 224 1 bicubic imagenet 1000
        deit3_base_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit3_base_patch16_224.fb_in22k_ft_in1k 224 1 bicubic imagenet 1000
        deit3_base_patch16_384.fb_in1k 384 1 bicubic imagenet 1000
        deit3_base_patch16_384.fb_in22k_ft_in1k 384 1 bicubic imagenet 1000
        deit3_large_patch16_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit3_large_patch16_224.fb_in22k_ft_in1k 224 1 bicubic imagenet 1000
        deit3_large_patch16_384.fb_in1k 384 1 bicubic imagenet 1000
        deit3_large_patch16_384.fb_in22k_ft_in1k 384 1 bicubic imagenet 1000
        deit3_huge_patch14_224.fb_in1k 224 0.9 bicubic imagenet 1000
        deit3_huge_patch14_224.fb_in22k_ft_in1k 224 1 bicubic imagenet 1000
        swin_tiny_patch4_window7_224.ms_in1k 224 0.9 bicubic imagenet 1000
        swin_tiny_patch4_window7_224.ms_in22k 224 0.9 bicubic imagenet 21841
        swin_tiny_patch4_window7_224.ms_in22k_ft_in1k 224 0.9 bicubic imagenet 1000
        swin_small_patch4_window7_224.ms_in22k_ft_in1k 224 0.9 bicubic imagenet 1000
        swin_small_patch4_window7_224.ms_in1k 224 0.9 bicubic imagenet 1000
        swin_small_patch4_window7_224.ms_in22k 224 0.9 bicubic imagenet 21841
        swin_base_patch4_window7_224.ms_in22k_ft_in1k 224 0.9 bicubic imagenet 1000
        swin_base_patch4_window7_224.ms_in1k 224 0.9 bicubic imagenet 1000
        swin_base_patch4_window7_224.ms_in22k 224 0.9 bicubic imagenet 21841
        swin_base_patch4_window12_384.ms_in22k_ft_in1k 384 1 bicubic imagenet 1000
        swin_base_patch4_window12_384.ms_in1k 384 1 bicubic imagenet 1000
        swin_base_patch4_window12_384.ms_in22k 384 1 bicubic imagenet 21841
        swin_large_patch4_window7_224.ms_in22k_ft_in1k 224 0.9 bicubic imagenet 1000
        swin_large_patch4_window7_224.ms_in22k 224 0.9 bicubic imagenet 21841
        swin_large_patch4_window12_384.ms_in22k_ft_in1k 384 1 bicubic imagenet 1000
        swin_large_patch4_window12_384.ms_in22k 384 1 bicubic imagenet 21841
        swinv2_tiny_window8_256.ms_in1k 256 0.9 bicubic imagenet 1000
        swinv2_tiny_window16_256.ms_in1k 256 0.9 bicubic imagenet 1000
        swinv2_small_window8_256.ms_in1k 256 0.9 bicubic imagenet 1000
        swinv2_small_window16_256.ms_in1k 256 0.9 bicubic imagenet 1000
        swinv2_base_window8_256.ms_in1k 256 0.9 bicubic imagenet 1000
        swinv2_base_window16_256.ms_in1k 256 0.9 bicubic imagenet 1000
        swinv2_base_window12_192.ms_in22k 192 0.9 bicubic imagenet 21841
        swinv2_base_window12to16_192to256.ms_in22k_ft_in1k 256 0.9 bicubic imagenet 1000
        swinv2_base_window12to24_192to384.ms_in22k_ft_in1k 384 1 bicubic imagenet 1000
        swinv2_large_window12_192.ms_in22k 192 0.9 bicubic imagenet 21841
        swinv2_large_window12to16_192to256.ms_in22k_ft_in1k 256 0.9 bicubic imagenet 1000
        swinv2_large_window12to24_192to384.ms_in22k_ft_in1k 384 1 bicubic imagenet 1000
        levit_128s.fb_dist_in1k 224 0.9 bicubic imagenet 1000
        levit_128.fb_dist_in1k 224 0.9 bicubic imagenet 1000
        levit_192.fb_dist_in1k 224 0.9 bicubic imagenet 1000
        levit_256.fb_dist_in1k 224 0.9 bicubic imagenet 1000
        levit_384.fb_dist_in1k 224 0.9 bicubic imagenet 1000
        beit_base_patch16_224.in22k_ft_in22k_in1k 224 0.9 bicubic half 1000
        beit_base_patch16_224.in22k_ft_in22k 224 0.9 bicubic half 21841
        beit_base_patch16_384.in22k_ft_in22k_in1k 384 1 bicubic half 1000
        beit_large_patch16_224.in22k_ft_in22k_in1k 224 0.9 bicubic half 1000
        beit_large_patch16_224.in22k_ft_in22k 224 0.9 bicubic half 21841
        beit_large_patch16_384.in22k_ft_in22k_in1k 384 1 bicubic half 1000
        beit_large_patch16_512.in22k_ft_in22k_in1k 512 1 bicubic half 1000
        beitv2_base_patch16_224.in1k_ft_in22k_in1k 224 0.9 bicubic imagenet 1000
        beitv2_base_patch16_224.in1k_ft_in1k 224 0.9 bicubic imagenet 1000
        beitv2_base_patch16_224.in1k_ft_in22k 224 0.9 bicubic imagenet 21841
        beitv2_large_patch16_224.in1k_ft_in22k_in1k 224 0.95 bicubic imagenet 1000
        beitv2_large_patch16_224.in1k_ft_in1k 224 0.95 bicubic imagenet 1000
        beitv2_large_patch16_224.in1k_ft_in22k 224 0.9 bicubic imagenet 21841
        """

    /// Names that timm used before, and what they are now.
    static let oldNames = """
        convnext_base_384_in22ft1k convnext_base.fb_in22k_ft_in1k_384
        convnext_base_in22ft1k convnext_base.fb_in22k_ft_in1k
        convnext_base_in22k convnext_base.fb_in22k
        convnext_large_384_in22ft1k convnext_large.fb_in22k_ft_in1k_384
        convnext_large_in22ft1k convnext_large.fb_in22k_ft_in1k
        convnext_large_in22k convnext_large.fb_in22k
        convnext_small_384_in22ft1k convnext_small.fb_in22k_ft_in1k_384
        convnext_small_in22ft1k convnext_small.fb_in22k_ft_in1k
        convnext_small_in22k convnext_small.fb_in22k
        convnext_tiny_384_in22ft1k convnext_tiny.fb_in22k_ft_in1k_384
        convnext_tiny_in22ft1k convnext_tiny.fb_in22k_ft_in1k
        convnext_tiny_in22k convnext_tiny.fb_in22k
        convnext_xlarge_384_in22ft1k convnext_xlarge.fb_in22k_ft_in1k_384
        convnext_xlarge_in22ft1k convnext_xlarge.fb_in22k_ft_in1k
        convnext_xlarge_in22k convnext_xlarge.fb_in22k
        deit3_base_patch16_224_in21ft1k deit3_base_patch16_224.fb_in22k_ft_in1k
        deit3_base_patch16_384_in21ft1k deit3_base_patch16_384.fb_in22k_ft_in1k
        deit3_huge_patch14_224_in21ft1k deit3_huge_patch14_224.fb_in22k_ft_in1k
        deit3_large_patch16_224_in21ft1k deit3_large_patch16_224.fb_in22k_ft_in1k
        deit3_large_patch16_384_in21ft1k deit3_large_patch16_384.fb_in22k_ft_in1k
        deit3_medium_patch16_224_in21ft1k deit3_medium_patch16_224.fb_in22k_ft_in1k
        deit3_small_patch16_224_in21ft1k deit3_small_patch16_224.fb_in22k_ft_in1k
        deit3_small_patch16_384_in21ft1k deit3_small_patch16_384.fb_in22k_ft_in1k
        efficientnet_b2a efficientnet_b2.ra_in1k
        efficientnet_b3a efficientnet_b3.ra2_in1k
        gluon_resnet101_v1b resnet101.gluon_in1k
        gluon_resnet101_v1c resnet101c.gluon_in1k
        gluon_resnet101_v1d resnet101d.gluon_in1k
        gluon_resnet101_v1s resnet101s.gluon_in1k
        gluon_resnet152_v1b resnet152.gluon_in1k
        gluon_resnet152_v1c resnet152c.gluon_in1k
        gluon_resnet152_v1d resnet152d.gluon_in1k
        gluon_resnet152_v1s resnet152s.gluon_in1k
        gluon_resnet18_v1b resnet18.gluon_in1k
        gluon_resnet34_v1b resnet34.gluon_in1k
        gluon_resnet50_v1b resnet50.gluon_in1k
        gluon_resnet50_v1c resnet50c.gluon_in1k
        gluon_resnet50_v1d resnet50d.gluon_in1k
        gluon_resnet50_v1s resnet50s.gluon_in1k
        gluon_resnext101_32x4d resnext101_32x4d.gluon_in1k
        gluon_resnext101_64x4d resnext101_64x4d.gluon_in1k
        gluon_resnext50_32x4d resnext50_32x4d.gluon_in1k
        ig_resnext101_32x16d resnext101_32x16d.fb_wsl_ig1b_ft_in1k
        ig_resnext101_32x32d resnext101_32x32d.fb_wsl_ig1b_ft_in1k
        ig_resnext101_32x8d resnext101_32x8d.fb_wsl_ig1b_ft_in1k
        mobilenetv3_large_100_miil mobilenetv3_large_100.miil_in21k_ft_in1k
        mobilenetv3_large_100_miil_in21k mobilenetv3_large_100.miil_in21k
        ssl_resnet18 resnet18.fb_ssl_yfcc100m_ft_in1k
        ssl_resnet50 resnet50.fb_ssl_yfcc100m_ft_in1k
        ssl_resnext101_32x16d resnext101_32x16d.fb_ssl_yfcc100m_ft_in1k
        ssl_resnext101_32x4d resnext101_32x4d.fb_ssl_yfcc100m_ft_in1k
        ssl_resnext101_32x8d resnext101_32x8d.fb_ssl_yfcc100m_ft_in1k
        ssl_resnext50_32x4d resnext50_32x4d.fb_ssl_yfcc100m_ft_in1k
        swin_base_patch4_window12_384_in22k swin_base_patch4_window12_384.ms_in22k
        swin_base_patch4_window7_224_in22k swin_base_patch4_window7_224.ms_in22k
        swin_large_patch4_window12_384_in22k swin_large_patch4_window12_384.ms_in22k
        swin_large_patch4_window7_224_in22k swin_large_patch4_window7_224.ms_in22k
        swinv2_base_window12_192_22k swinv2_base_window12_192.ms_in22k
        swinv2_base_window12to16_192to256_22kft1k swinv2_base_window12to16_192to256.ms_in22k_ft_in1k
        swinv2_base_window12to24_192to384_22kft1k swinv2_base_window12to24_192to384.ms_in22k_ft_in1k
        swinv2_large_window12_192_22k swinv2_large_window12_192.ms_in22k
        swinv2_large_window12to16_192to256_22kft1k swinv2_large_window12to16_192to256.ms_in22k_ft_in1k
        swinv2_large_window12to24_192to384_22kft1k swinv2_large_window12to24_192to384.ms_in22k_ft_in1k
        swsl_resnet18 resnet18.fb_swsl_ig1b_ft_in1k
        swsl_resnet50 resnet50.fb_swsl_ig1b_ft_in1k
        swsl_resnext101_32x16d resnext101_32x16d.fb_swsl_ig1b_ft_in1k
        swsl_resnext101_32x4d resnext101_32x4d.fb_swsl_ig1b_ft_in1k
        swsl_resnext101_32x8d resnext101_32x8d.fb_swsl_ig1b_ft_in1k
        swsl_resnext50_32x4d resnext50_32x4d.fb_swsl_ig1b_ft_in1k
        tf_efficientnet_b0_ap tf_efficientnet_b0.ap_in1k
        tf_efficientnet_b0_ns tf_efficientnet_b0.ns_jft_in1k
        tf_efficientnet_b1_ap tf_efficientnet_b1.ap_in1k
        tf_efficientnet_b1_ns tf_efficientnet_b1.ns_jft_in1k
        tf_efficientnet_b2_ap tf_efficientnet_b2.ap_in1k
        tf_efficientnet_b2_ns tf_efficientnet_b2.ns_jft_in1k
        tf_efficientnet_b3_ap tf_efficientnet_b3.ap_in1k
        tf_efficientnet_b3_ns tf_efficientnet_b3.ns_jft_in1k
        tf_efficientnet_b4_ap tf_efficientnet_b4.ap_in1k
        tf_efficientnet_b4_ns tf_efficientnet_b4.ns_jft_in1k
        tf_efficientnet_b5_ap tf_efficientnet_b5.ap_in1k
        tf_efficientnet_b5_ns tf_efficientnet_b5.ns_jft_in1k
        tf_efficientnet_b6_ap tf_efficientnet_b6.ap_in1k
        tf_efficientnet_b6_ns tf_efficientnet_b6.ns_jft_in1k
        tf_efficientnet_b7_ap tf_efficientnet_b7.ap_in1k
        tf_efficientnet_b7_ns tf_efficientnet_b7.ns_jft_in1k
        tf_efficientnet_b8_ap tf_efficientnet_b8.ap_in1k
        tf_efficientnet_l2_ns tf_efficientnet_l2.ns_jft_in1k
        tf_efficientnet_l2_ns_475 tf_efficientnet_l2.ns_jft_in1k_475
        tf_efficientnetv2_l_in21ft1k tf_efficientnetv2_l.in21k_ft_in1k
        tf_efficientnetv2_l_in21k tf_efficientnetv2_l.in21k
        tf_efficientnetv2_m_in21ft1k tf_efficientnetv2_m.in21k_ft_in1k
        tf_efficientnetv2_m_in21k tf_efficientnetv2_m.in21k
        tf_efficientnetv2_s_in21ft1k tf_efficientnetv2_s.in21k_ft_in1k
        tf_efficientnetv2_s_in21k tf_efficientnetv2_s.in21k
        tf_efficientnetv2_xl_in21ft1k tf_efficientnetv2_xl.in21k_ft_in1k
        tf_efficientnetv2_xl_in21k tf_efficientnetv2_xl.in21k
        tv_resnet101 resnet101.tv_in1k
        tv_resnet152 resnet152.tv_in1k
        tv_resnet34 resnet34.tv_in1k
        tv_resnet50 resnet50.tv_in1k
        tv_resnext50_32x4d resnext50_32x4d.tv_in1k
        vit_base_patch16_224_dino vit_base_patch16_224.dino
        vit_base_patch16_224_in21k vit_base_patch16_224.augreg_in21k
        vit_base_patch16_224_miil_in21k vit_base_patch16_224_miil.in21k
        vit_base_patch32_224_clip_laion2b vit_base_patch32_clip_224.laion2b
        vit_base_patch32_224_in21k vit_base_patch32_224.augreg_in21k
        vit_base_patch8_224_dino vit_base_patch8_224.dino
        vit_base_patch8_224_in21k vit_base_patch8_224.augreg_in21k
        vit_huge_patch14_224_clip_laion2b vit_huge_patch14_clip_224.laion2b
        vit_large_patch14_224_clip_laion2b vit_large_patch14_clip_224.laion2b
        vit_large_patch16_224_in21k vit_large_patch16_224.augreg_in21k
        vit_small_patch16_224_dino vit_small_patch16_224.dino
        vit_small_patch16_224_in21k vit_small_patch16_224.augreg_in21k
        vit_small_patch32_224_in21k vit_small_patch32_224.augreg_in21k
        vit_small_patch8_224_dino vit_small_patch8_224.dino
        vit_tiny_patch16_224_in21k vit_tiny_patch16_224.augreg_in21k
        """
}
