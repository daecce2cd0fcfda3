TEST_F(Orders, ComeIn) {}
